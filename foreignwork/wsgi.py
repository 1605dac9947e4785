import os

from django.core.wsgi import get_wsgi_application

from foreignwork.frontdoor import only_utf8
from foreignwork.standing import settled

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "foreignwork.settings")
application = only_utf8(get_wsgi_application())
settled()
