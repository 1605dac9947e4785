from tests.stage import cast as cast  # fixtures of this folder
