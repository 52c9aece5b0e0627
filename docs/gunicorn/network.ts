import type { Counterpart } from "./counterpart.ts";

const TLS = "TLS is the web server's: `services/web` or nginx";
const HTTP2 = "browsers speak HTTP/2 with the web server; HTTP/1.1 is what comes here";
const STRICT = "a switch that lets requests through which the RFCs refuse is how smuggling begins";
const SYSLOG = "lines on stdout; where they go is the engine's or the service manager's to say";
const STATSD = "Prometheus reads /metrics; its exporters feed StatsD";
const PYTHON_LOGGING = "Python's logging; here JSON lines, which any collector reads";

/** Sockets, HTTP, trust, TLS, logging. */
export const network: readonly Counterpart[] = [
  {
    gunicorn: "bind",
    settings: ["host", "port", "socketDirectory"],
    why: "one address, and a Unix socket in a folder that a web server of the same host shares",
  },
  { gunicorn: "backlog", settings: ["backlog"], why: "also bounds what waits in the primary" },
  {
    gunicorn: "reuse_port",
    why: "the primary owns the one socket: with one each, a leaving worker's queue is lost",
  },
  {
    gunicorn: "limit_request_line",
    settings: ["limitRequestLine"],
    why: "the edge's 4094 and headroom",
  },
  {
    gunicorn: "limit_request_fields",
    settings: ["limitRequestFields"],
    why: "the edge's 100 and headroom",
  },
  {
    gunicorn: "limit_request_field_size",
    settings: ["limitRequestField"],
    why: "the edge's 8190 and headroom",
  },
  { gunicorn: "permit_obsolete_folding", why: STRICT },
  { gunicorn: "strip_header_spaces", why: STRICT },
  { gunicorn: "permit_unconventional_http_method", why: STRICT },
  { gunicorn: "permit_unconventional_http_version", why: STRICT },
  { gunicorn: "casefold_http_method", why: STRICT },
  {
    gunicorn: "header_map",
    why: "there is no environ in which names could clash; underscore names that shadow a trusted one are refused",
  },
  {
    gunicorn: "forwarder_headers",
    why: "SCRIPT_NAME and PATH_INFO are CGI's; a request has its path",
  },
  { gunicorn: "root_path", other: "`--root-path`", why: "the same" },
  {
    gunicorn: "forwarded_allow_ips",
    settings: ["trustedProxies"],
    why: "CIDRs; the default is the host's own subnets",
  },
  {
    gunicorn: "secure_scheme_headers",
    settings: ["trustedProxies"],
    why: "X-Forwarded-Proto alone; three headers can contradict one another",
  },
  {
    gunicorn: "proxy_protocol",
    why: "the web server in front speaks HTTP and sends X-Forwarded-For",
  },
  { gunicorn: "proxy_allow_ips", why: "as above" },
  {
    gunicorn: "protocol",
    why: "HTTP is what every web server speaks; uwsgi's protocol is in maintenance",
  },
  { gunicorn: "uwsgi_allow_ips", why: "as above" },
  { gunicorn: "http_protocols", why: HTTP2 },
  { gunicorn: "http2_cleartext", why: HTTP2 },
  { gunicorn: "http2_max_concurrent_streams", why: HTTP2 },
  { gunicorn: "http2_initial_window_size", why: HTTP2 },
  { gunicorn: "http2_max_frame_size", why: HTTP2 },
  { gunicorn: "http2_max_header_list_size", why: HTTP2 },
  { gunicorn: "keyfile", why: TLS },
  { gunicorn: "certfile", why: TLS },
  { gunicorn: "ssl_version", why: TLS },
  { gunicorn: "cert_reqs", why: TLS },
  { gunicorn: "ca_certs", why: TLS },
  { gunicorn: "suppress_ragged_eofs", why: TLS },
  { gunicorn: "do_handshake_on_connect", why: TLS },
  { gunicorn: "ciphers", why: TLS },
  { gunicorn: "accesslog", settings: ["accessLog"], why: "on by default; USR1 opens a file anew" },
  {
    gunicorn: "access_log_format",
    why: "one JSON form in all tiers, so that a request can be followed through them",
  },
  {
    gunicorn: "errorlog",
    other: "stdout",
    why: "the gateway's own lines stand beside the access lines; `tier` and `level` tell them apart",
  },
  {
    gunicorn: "loglevel",
    why: "there are few lines and each is worth reading; a collector filters by `level`",
  },
  {
    gunicorn: "capture_output",
    other: "stderr",
    why: "what the application prints goes where the gateway's own does",
  },
  {
    gunicorn: "logger_class",
    other: "`context.logger`",
    why: "an application logs with what it likes; this one adds the tier",
  },
  { gunicorn: "logconfig", why: PYTHON_LOGGING },
  { gunicorn: "logconfig_dict", why: PYTHON_LOGGING },
  { gunicorn: "logconfig_json", why: PYTHON_LOGGING },
  { gunicorn: "syslog", why: SYSLOG },
  { gunicorn: "syslog_addr", why: SYSLOG },
  { gunicorn: "syslog_prefix", why: SYSLOG },
  { gunicorn: "syslog_facility", why: SYSLOG },
  { gunicorn: "disable_redirect_access_to_syslog", why: SYSLOG },
  { gunicorn: "enable_stdio_inheritance", why: "there is no daemon mode that would close it" },
  { gunicorn: "statsd_host", settings: ["adminPort"], why: STATSD },
  { gunicorn: "statsd_prefix", why: STATSD },
  { gunicorn: "dogstatsd_tags", why: STATSD },
  {
    gunicorn: "enable_backlog_metric",
    settings: ["adminPort"],
    why: "gateway_connections_waiting is always there",
  },
];
