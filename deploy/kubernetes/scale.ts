/** What Compose has no key for. The figures are those of docs/performance.md; change them by an overlay. */
export const SCALE = {
  /** What a pod is given before others; its limits are Compose's. */
  requests: {
    web: { cpu: "250m", memory: "192Mi" },
    app: { cpu: "500m", memory: "256Mi" },
    jobs: { cpu: "100m", memory: "192Mi" },
    migrate: { cpu: "100m", memory: "192Mi" },
    assets: { cpu: "100m", memory: "192Mi" },
    db: { cpu: "250m", memory: "256Mi" },
  },
  /** The processor of each in the overlay local: a rollout needs room for one pod more, and a laptop has two processors. */
  requestOnOneMachine: "50m",
  /** Production: the most pods of a tier; the fewest are Compose's REPLICAS, and two edges. */
  most: { web: 6, app: 12 },
  fewestEdges: 2,
  /** The share of its requested processor at which a tier gets more pods. */
  busyPercent: 70,
  /** Seconds that a pod goes on after its end was decided, so that load balancers have heard of it. */
  preStop: { web: 10 },
  /**
   * Seconds that a new pod serves before an old one ends. The name server's cache may not know the new
   * address for five (CoreDNS), and the edge looks it up and checks it within one and a half.
   */
  minReady: { web: 5, app: 7 },
  /** Gibibytes of the volumes. */
  storage: { assets: 1, media: 10, jobs: 1, db: 10 },
} as const;

/** The namespace of both overlays. */
export const NAMESPACE = "gatehouse";

/** Where each file of secrets/ belongs: Secrets are by reader, so that none gets another's. */
export const SECRETS: Readonly<Record<string, { readonly secret: string; readonly key: string }>> =
  {
    database_password: { secret: "database-owner", key: "password" },
    database_site_password: { secret: "database-site", key: "password" },
    database_ca: { secret: "database-ca", key: "ca.crt" },
    tls_certificate: { secret: "tls", key: "tls.crt" },
    tls_key: { secret: "tls", key: "tls.key" },
    otlp_headers: { secret: "otlp-headers", key: "headers" },
  };
