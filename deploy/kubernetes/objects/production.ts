import { HorizontalPodAutoscaler } from "kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler";
import { PersistentVolumeClaim } from "kubernetes-models/v1/PersistentVolumeClaim";
import { Service } from "kubernetes-models/v1/Service";
import { type Model, serviceOf } from "../../compose-model.ts";
import { SCALE } from "../scale.ts";
import { metadata, selectorOf } from "./labels.ts";

/** As many pods as the load asks for: soon more, later fewer. */
export function autoscalersOf(model: Model): HorizontalPodAutoscaler[] {
  const fewest = {
    web: SCALE.fewestEdges,
    app: serviceOf(model, "app").deploy?.replicas ?? 2,
  };
  return (["web", "app"] as const).map(
    (name) =>
      new HorizontalPodAutoscaler({
        metadata: metadata(name, "rollout"),
        spec: {
          scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name },
          minReplicas: fewest[name],
          maxReplicas: SCALE.most[name],
          metrics: [
            {
              type: "Resource",
              resource: {
                name: "cpu",
                target: { type: "Utilization", averageUtilization: SCALE.busyPercent },
              },
            },
          ],
          behavior: { scaleDown: { policies: [{ type: "Pods", value: 1, periodSeconds: 60 }] } },
        },
      }),
  );
}

/** A claim for a volume of Compose; several nodes write and read it at once, or one. */
export function claimOf(
  name: keyof typeof SCALE.storage,
  mode: "ReadWriteMany" | "ReadWriteOnce",
): PersistentVolumeClaim {
  return new PersistentVolumeClaim({
    metadata: metadata(name, "before"),
    spec: {
      accessModes: [mode],
      resources: { requests: { storage: `${SCALE.storage[name]}Gi` } },
    },
  });
}

/** What has the load balancers of clouds begin each connection with a PROXY header. Others ignore it. */
const PROXY_PROTOCOL = {
  "service.beta.kubernetes.io/aws-load-balancer-type": "nlb",
  "service.beta.kubernetes.io/aws-load-balancer-proxy-protocol": "*",
  "service.beta.kubernetes.io/do-loadbalancer-enable-proxy-protocol": "true",
  "service.beta.kubernetes.io/scw-loadbalancer-proxy-protocol-v2": "true",
  "load-balancer.hetzner.cloud/uses-proxyprotocol": "true",
  "loadbalancer.openstack.org/proxy-protocol": "true",
};

/**
 * The edge for visitors. `Local`: a node without an edge takes no connection, and none is passed on
 * under a node's address.
 */
export function edgeService(model: Model, overlay: "production" | "local"): Service {
  const isPublic = overlay === "production";
  const ports = serviceOf(model, "edge-port").ports ?? [];
  const publicPorts = new Map([
    [8080, 80],
    [8443, 443],
  ]);
  return new Service({
    metadata: {
      ...metadata("web", "before"),
      ...(isPublic ? { annotations: PROXY_PROTOCOL } : {}),
    },
    spec: {
      type: "LoadBalancer",
      externalTrafficPolicy: isPublic ? "Local" : "Cluster",
      selector: selectorOf("web"),
      ports: ports.map(({ target, published }) => ({
        name: target === 8443 ? "https" : "http",
        port: isPublic ? (publicPorts.get(target) ?? target) : Number(published),
        targetPort: target === 8443 ? "https" : "http",
      })),
    },
  });
}
