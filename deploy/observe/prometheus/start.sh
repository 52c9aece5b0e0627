# How many replicas should run, and whether jobs should, are settings of the stack, and a rule cannot read a variable.
cat > /tmp/expected.yaml << EOF
groups:
  - name: expected
    rules:
      - { record: "gatehouse:replicas:expected", expr: "vector($REPLICAS)" }
      - { record: "gatehouse:jobs:expected", expr: "vector(${JOBS:-0})" }
EOF
exec prometheus "$@"
