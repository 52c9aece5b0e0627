from django.urls import path
from fortunes import views

urlpatterns = [
    path("plain", views.plain),
    path("json", views.json),
    path("fortunes", views.fortunes),
    path("down", views.down),
    path("up", views.up),
]
