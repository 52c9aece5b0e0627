# How many edges and replicas should run, and whether jobs should, are settings of the stack, and neither the rules nor
# the configuration can read a variable.
cat > /tmp/expected.yaml << EOF
groups:
  - name: expected
    rules:
      - { record: "gatehouse:replicas:expected", expr: "vector($REPLICAS)" }
      - { record: "gatehouse:jobs:expected", expr: "vector(${JOBS:-0})" }
EOF
# The edges are in the network namespace of edge-port, whose address stays when one is replaced. Each has an admin port.
{
  printf 'scrape_configs:\n  - job_name: edge\n    dns_sd_configs:\n'
  for port in $(seq 9100 $((9099 + ${EDGES:-1}))); do
    printf '      - { names: [edge-port], type: A, port: %s, refresh_interval: 5s }\n' "$port"
  done
} > /tmp/edges.yaml
exec prometheus "$@"
