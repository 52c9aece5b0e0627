# How many replicas should run is a setting of the stack, and a rule cannot read a variable.
printf 'groups: [{ name: expected, rules: [{ record: "gatehouse:replicas:expected", expr: "vector(%d)" }] }]\n' \
  "$REPLICAS" > /tmp/expected.yaml
exec prometheus "$@"
