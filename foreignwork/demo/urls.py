from django.urls import path

from . import views

app_name = "demo"
urlpatterns = [path("codes/", views.codes, name="codes")]
