from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

from .models import Fortune

LARGE = b"gatehouse " * (1024 * 1024)


def plain(request):
    return HttpResponse("Hello, World!", content_type="text/plain")


def json(request):
    return JsonResponse({"message": "Hello, World!"})


def fortunes(request):
    rows = list(Fortune.objects.all())
    rows.append(Fortune(id=0, message="Additional fortune added at request time."))
    rows.sort(key=lambda row: row.message)
    return render(request, "fortunes.djhtml", {"fortunes": rows})


def down(request):
    return HttpResponse(LARGE, content_type="application/octet-stream")


@csrf_exempt
def up(request):
    size = 0
    while chunk := request.read(65536):
        size += len(chunk)
    return JsonResponse({"bytes": size})
