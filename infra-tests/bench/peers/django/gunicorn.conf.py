# Behind nginx with kept connections: gunicorn's worker for that is gthread (docs.gunicorn.org, "Design").
import os

bind = "0.0.0.0:8000"
workers = int(os.environ["WORKERS"])
worker_class = "gthread"
threads = 4
keepalive = 75
worker_tmp_dir = "/dev/shm"
accesslog = "-" if os.environ["LOGS"] == "on" else None
