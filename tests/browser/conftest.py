from tests.browser.scene import scene as scene
from tests.browser.scene import seat as seat
