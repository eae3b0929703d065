/** The kinds of Kubernetes object of which it is known whether and where they name images. Source: the Kubernetes API reference, 1.34. */

interface WorkloadKind {
  readonly kind: string;
  /** API groups; the core group is empty. Any version of them has the same shape. */
  readonly groups: readonly string[];
  /** From the object to its pod's specification. */
  readonly podSpec: readonly string[];
}

const TEMPLATE = ["spec", "template", "spec"];

export const WORKLOAD_KINDS: readonly WorkloadKind[] = [
  { kind: "Pod", groups: [""], podSpec: ["spec"] },
  { kind: "PodTemplate", groups: [""], podSpec: ["template", "spec"] },
  { kind: "ReplicationController", groups: [""], podSpec: TEMPLATE },
  { kind: "Deployment", groups: ["apps", "extensions"], podSpec: TEMPLATE },
  { kind: "ReplicaSet", groups: ["apps", "extensions"], podSpec: TEMPLATE },
  { kind: "DaemonSet", groups: ["apps", "extensions"], podSpec: TEMPLATE },
  { kind: "StatefulSet", groups: ["apps"], podSpec: TEMPLATE },
  { kind: "Job", groups: ["batch"], podSpec: TEMPLATE },
  { kind: "CronJob", groups: ["batch"], podSpec: ["spec", "jobTemplate", "spec", "template", "spec"] },
];

/** What makes other objects of documents that are not here, by group: the images are named there. */
const ELSEWHERE: readonly { readonly group: string; readonly kinds: readonly string[]; readonly remedy: string }[] = [
  {
    group: "kustomize.config.k8s.io",
    kinds: ["Kustomization", "Component"],
    remedy: "kubectl kustomize DIR | countersign verify --manifests -",
  },
  {
    group: "kustomize.toolkit.fluxcd.io",
    kinds: ["Kustomization"],
    remedy: "flux build kustomization NAME --path DIR | countersign verify --manifests -",
  },
  {
    group: "helm.toolkit.fluxcd.io",
    kinds: ["HelmRelease"],
    remedy: "helm template NAME CHART --values FILE | countersign verify --manifests -",
  },
  { group: "helm.cattle.io", kinds: ["HelmChart"], remedy: "helm template NAME CHART --values FILE | countersign verify --manifests -" },
  {
    group: "argoproj.io",
    kinds: ["Application", "ApplicationSet"],
    remedy: "argocd app manifests NAME | countersign verify --manifests -",
  },
];

export function workloadKind(group: string, kind: string): WorkloadKind | undefined {
  return WORKLOAD_KINDS.find((known) => known.kind === kind && known.groups.includes(group));
}

/** How to see what such an object brings. */
export function rendersElsewhere(group: string, kind: string): string | undefined {
  return ELSEWHERE.find((known) => known.group === group && known.kinds.includes(kind))?.remedy;
}

/** It describes other objects' shape, where `image` is the name of a member and never an image. */
export function isSchemaKind(group: string, kind: string): boolean {
  return group === "apiextensions.k8s.io" && kind === "CustomResourceDefinition";
}
