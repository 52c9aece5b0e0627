/** A small Compose file that keeps every rule: what the rules' own tests break, line by line. */
export const sample = `x-hardened: &hardened
  user: "1000:1000"
  init: true
  read_only: true
  restart: unless-stopped
  stop_grace_period: 40s
  cap_drop: [ALL]
  security_opt: ["no-new-privileges:true"]
  deploy: { resources: { limits: { memory: 128m, cpus: 0.5, pids: 64 } } }
  logging: { driver: json-file, options: { max-size: 1m, max-file: "3" } }
  healthcheck: { test: [CMD, check], interval: 10s, start_interval: 500ms }
services:
  edge-port:
    <<: *hardened
    image: project/edge-port
    build: { context: ., args: { NODE_IMAGE: "node:26.10.0" } }
    networks: { front: null, back: null }
    ports:
      - { host_ip: 127.0.0.1, target: 8080, published: "8080" }
  app:
    <<: *hardened
    image: project/app:1
    environment: { DATABASE_PASSWORD_FILE: /run/secrets/password }
    networks: { back: null, data: null }
    volumes: [{ type: volume, source: media }]
    depends_on: { migrate: { condition: service_completed_successfully } }
  migrate:
    <<: *hardened
    image: project/app:1
    restart: "no"
    networks: { data: null }
  db:
    <<: *hardened
    image: postgres:17.6
    networks:
      data: null
networks: { front: null, back: { internal: true }, data: { internal: true } }
`;
