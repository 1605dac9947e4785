from tests.stage import real_cast as real_cast
from tests.stories.acts import house as house
