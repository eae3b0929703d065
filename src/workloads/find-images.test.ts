import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import * as fc from "fast-check";
import { formatReference } from "../core/reference.ts";
import { readManifest } from "./find-images.ts";
import type { Found, ManifestPlace } from "./found.ts";
import { WORKLOAD_KINDS } from "./kinds.ts";

const folder = fileURLToPath(new URL("../../tests/fixtures/manifests/", import.meta.url));

function fixture(name: string): Promise<Found> {
  return readManifest(readFileSync(`${folder}${name}`), name);
}

function read(text: string): Promise<Found> {
  return readManifest(new TextEncoder().encode(text), "m.yaml");
}

function place({ line, document, kind, namespace, name, path }: ManifestPlace): string {
  return `${document}:${line} ${kind ?? "-"} ${namespace ?? "-"}/${name ?? "-"} ${path}`;
}

/** One line for each image. */
function imagesOf({ images }: Found): readonly string[] {
  return images.map(({ text, where }) => `${place(where)} ${text}`);
}

function notJudgedOf({ notJudged }: Found): readonly string[] {
  return notJudged.map(({ where, reason, text, message }) => `${reason} ${place(where)} ${text ?? "-"}: ${message}`);
}

const ONES = "1".repeat(64);
const TWOS = "2".repeat(64);

test("a file of several kinds: containers, init containers and image volumes, empty documents and aliases", async () => {
  const found = await fixture("cluster/shop.yaml");
  assert.deepEqual(imagesOf(found), [
    "2:25 Deployment shop/api spec.template.spec.initContainers[0].image registry.example/shop/migrate:7",
    `2:28 Deployment shop/api spec.template.spec.containers[0].image registry.example/shop/api@sha256:${ONES}`,
    "2:31 Deployment shop/api spec.template.spec.containers[1].image registry.example/base/envoy:1.31",
    "2:35 Deployment shop/api spec.template.spec.volumes[0].image.reference registry.example/shop/model:2",
    "3:50 StatefulSet shop/db spec.template.spec.containers[0].image postgres:17",
    "5:63 DaemonSet ops/agent spec.template.spec.containers[0].image registry.example/base/envoy:1.31",
  ]);
  assert.deepEqual(found.notJudged, []);
  assert.equal(found.images[4] && formatReference(found.images[4].reference), "docker.io/library/postgres:17");
});

test("jobs, and an object without a name of its own", async () => {
  assert.deepEqual(imagesOf(await fixture("cluster/jobs/nightly.yml")), [
    "1:15 CronJob shop/nightly spec.jobTemplate.spec.template.spec.containers[0].image registry.example/shop/report:12",
    "2:26 Job -/import- spec.template.spec.containers[0].image registry.example/shop/report:12",
  ]);
});

test("JSON, lists in lists, items that do not say their kind, and containers that were added to debug", async () => {
  const found = await fixture("cluster/pods.json");
  assert.deepEqual(imagesOf(found), [
    "1:10 Pod ops/debugged items[0].spec.containers[0].image registry.example/ops/app:1",
    "1:11 Pod ops/debugged items[0].spec.ephemeralContainers[0].image busybox:1.37",
    "1:17 Pod -/listed items[1].items[0].spec.containers[0].image registry.example/ops/app:1",
    "1:19 PodTemplate -/t items[2].template.spec.containers[0].image registry.example/ops/app:2",
    "1:24 ReplicationController -/old items[3].spec.template.spec.containers[0].image registry.example/ops/app:3",
    "1:30 ReplicaSet -/older items[4].spec.template.spec.containers[0].image registry.example/ops/app:4",
  ]);
  assert.deepEqual(found.notJudged, []);
});

test("Helm's output", async () => {
  const found = await fixture("rendered/helm.yaml");
  assert.deepEqual(imagesOf(found), [
    "3:32 Deployment -/release-name-shop spec.template.spec.containers[0].image registry.example/shop/api:1.16.0",
    "4:49 Pod -/release-name-shop-test-connection spec.containers[0].image busybox",
  ]);
  assert.deepEqual(found.notJudged, []);
});

test("a Compose file: merged services, image volumes, and what compose has to fill in", async () => {
  const found = await fixture("compose/compose.yaml");
  assert.deepEqual(imagesOf(found), [
    "1:10 service -/api services.api.image registry.example/shop/api:1.4",
    "1:6 service -/worker services.worker.image registry.example/shop/base:1",
    "1:20 service -/cache services.cache.image redis:8",
    "1:23 service -/cache services.cache.volumes[0].source registry.example/shop/seed:3",
  ]);
  assert.deepEqual(notJudgedOf(found), [
    "elsewhere 1:2 - -/- include -: other Compose files are included",
    "unresolved 1:16 service -/web services.web.image registry.example/shop/web:${WEB_VERSION:-latest}: the image has a variable that is not filled in",
    "elsewhere 1:18 service -/docs services.docs.build -: the service is built where it runs, and has no image in a registry",
    "elsewhere 1:28 service -/batch services.batch.extends -: the service is built on another one, which may name an image",
  ]);
  const variable = found.notJudged[1];
  assert.equal(variable?.remedy, "docker compose config | countersign verify --manifests -");
});

test("kinds that are not known: whatever looks like an image is told, with its place, and nothing is judged", async () => {
  const found = await fixture("unknown/knative.yaml");
  const knative = "seen in the kind Service of serving.knative.dev/v1, of which it is not known what it runs";
  const postgres = "seen in the kind Cluster of postgresql.cnpg.io/v1, of which it is not known what it runs";
  assert.deepEqual(found.images, []);
  assert.deepEqual(notJudgedOf(found), [
    `unknown-kind 1:8 Service shop/hello spec.template.spec.containers[0].image registry.example/shop/hello:1: ${knative}`,
    `unknown-kind 1:11 Service shop/hello spec.template.spec.containers[0].env[0].value registry.example/shop/helper@sha256:${TWOS}: ${knative}`,
    `unknown-kind 2:17 Cluster -/db spec.imageName registry.example/db/postgres:17: ${postgres}`,
    `unknown-kind 2:18 Cluster -/db spec.image repository: registry.example/db/extra, tag: 2: ${postgres}`,
    `unknown-kind 2:19 Cluster -/db spec.images[0] registry.example/db/one: ${postgres}`,
    `unknown-kind 2:19 Cluster -/db spec.images[1] registry.example/db/two: ${postgres}`,
    "elsewhere 3:21 HelmRelease -/shop  -: HelmRelease of helm.toolkit.fluxcd.io deploys what other documents name",
  ]);
  assert.equal(found.notJudged[0]?.remedy, "countersign verify registry.example/shop/hello:1");
});

test("known kinds with a shape that they must not have", async () => {
  const found = await fixture("unknown/malformed.yaml");
  assert.deepEqual(found.images, []);
  assert.deepEqual(notJudgedOf(found), [
    "malformed 1:4 Deployment -/no-list spec.template.spec.containers -: containers is no list",
    "unknown-kind 1:4 Deployment -/no-list spec.template.spec.containers.image registry.example/shop/api:1: seen in the rest of the kind Deployment of apps/v1, of which it is not known what it runs",
    "malformed 2:11 Pod -/odd-images spec.initContainers[0].image -: no image is named",
    "malformed 2:13 Pod -/odd-images spec.containers[0].image -: the image is no text",
    "unresolved 2:14 Pod -/odd-images spec.containers[1].image registry.example/shop/api:$(TAG): the image has a variable that is not filled in",
    "unresolved 2:15 Pod -/odd-images spec.containers[2].image {{ .Values.image }}: the image is a template that is not filled in",
    "malformed 2:16 Pod -/odd-images spec.containers[3].image oci:./layout: the image is not in a registry",
    'malformed 2:17 Pod -/odd-images spec.containers[4].image Registry.Example/Shop: Cannot read reference "Registry.Example/Shop": a repository is written in lower case',
    "malformed 2:18 Pod -/odd-images spec.containers[5] -: an entry of containers is no map",
    "malformed 3:23 Pod -/empty spec.containers -: a pod without containers",
    "malformed 4:25 Deployment -/no-version apiVersion -: the object has no apiVersion",
    "unknown-kind 4:27 Deployment -/no-version spec.template.spec.containers[0].image registry.example/shop/api:1: seen in a document that is neither a Kubernetes object nor a Compose file, of which it is not known what it runs",
    "malformed 5:32 Deployment -/no-template spec.template -: template is missing",
  ]);
});

test("a chart's template and values: told that they have to be filled in, and how", async () => {
  const [template] = (await fixture("chart/templates/deployment.yaml")).notJudged;
  assert.equal(template?.reason, "unresolved");
  assert.equal(template?.remedy, "helm template . | countersign verify --manifests -");
  assert.match(template?.message ?? "", /^it is a template that is not filled in \(line \d+, column \d+: /);
  assert.equal((await fixture("chart/values.yaml")).notJudged[0]?.reason, "unknown-kind");
});

test("a file that is no YAML, or YAML that readers take for different things, is told and not thrown", async () => {
  for (const text of ["a: [", "a: 1\na: 2", "a: !!binary aa", "---x: |\n  kind: Pod\n", "# x\u2028kind: Pod\n"]) {
    const { images, notJudged } = await read(text);
    assert.deepEqual([images.length, notJudged.map(({ reason }) => reason)], [0, ["unreadable"]], text);
  }
});

test("a kind of the same name in another group is another kind", async () => {
  const pod = "{template: {spec: {containers: [{image: registry.example/app:1}]}}}";
  for (const apiVersion of ["foo.io/v1", "v1", "apps.openshift.io/v1"]) {
    const { images, notJudged } = await read(`{apiVersion: ${apiVersion}, kind: Deployment, spec: ${pod}}`);
    assert.deepEqual([images.length, notJudged.map(({ reason }) => reason)], [0, ["unknown-kind"]], apiVersion);
  }
  assert.equal((await read(`{apiVersion: apps/v1beta2, kind: Deployment, spec: ${pod}}`)).images.length, 1);
});

test("a document that says both kind and services is the cluster's, as the cluster reads it", async () => {
  const { images } = await read(
    "{apiVersion: v1, kind: Pod, services: {a: {image: x/y:1}}, spec: {containers: [{image: registry.example/app:1}]}}",
  );
  assert.deepEqual(
    images.map(({ text }) => text),
    ["registry.example/app:1"],
  );
});

test("every image of every known kind is found, in any of the four places, alone and in lists", async () => {
  const name = fc.nat(999).map((number) => `registry.example/app-${number}:1`);
  const names = fc.record({
    containers: fc.array(name, { minLength: 1, maxLength: 3 }),
    initContainers: fc.array(name, { maxLength: 3 }),
    ephemeralContainers: fc.array(name, { maxLength: 3 }),
    volumes: fc.array(name, { maxLength: 3 }),
  });
  const version = fc.constantFrom("v1", "v1beta1");
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...WORKLOAD_KINDS), names, version, fc.boolean(), async (known, lists, suffix, isListed) => {
      let object: object = {
        ...Object.fromEntries(Object.entries(lists).map(([list, images]) => [list, images.map((image) => ({ image }))])),
        volumes: lists.volumes.map((reference) => ({ name: "v", image: { reference } })),
      };
      for (const key of known.podSpec.toReversed()) object = { [key]: object };
      const [group = ""] = known.groups;
      const whole = { apiVersion: group === "" ? suffix : `${group}/${suffix}`, kind: known.kind, ...object };
      const { images, notJudged } = await read(JSON.stringify(isListed ? { apiVersion: "v1", kind: "List", items: [whole] } : whole));
      assert.deepEqual(images.map(({ text }) => text).toSorted(), Object.values(lists).flat().toSorted());
      assert.deepEqual(notJudged, []);
    }),
  );
});

test("whatever has items is a list for kubectl, and so it is here; what is beside them is judged too", async () => {
  const pod = 'apiVersion: v1\n  kind: Pod\n  metadata: {name: inner}\n  spec: {containers: [{name: x, image: "inner.io/x:1"}]}';
  const deployment = 'apiVersion: apps/v1\nkind: Deployment\nspec: {template: {spec: {containers: [{name: x, image: "outer.io/x:1"}]}}}';
  for (const head of [deployment, "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition"]) {
    const found = await read(`${head}\nitems:\n- ${pod}\n`);
    assert.ok(
      found.images.some(({ text }) => text === "inner.io/x:1"),
      head,
    );
  }
  const both = await read(`${deployment}\nitems:\n- ${pod}\n`);
  assert.deepEqual(
    both.images.map(({ text }) => text),
    ["inner.io/x:1", "outer.io/x:1"],
  );
  assert.deepEqual(both.notJudged, [], "what was judged is not told again");
  const other = await read(`apiVersion: x.io/v1\nkind: Thing\nimage: beside.io/x:1\nitems:\n- ${pod}\n`);
  assert.deepEqual(toldOf(other), ["image beside.io/x:1"]);
  const scalar = await read("apiVersion: v1\nkind: PodList\nitems: {image: x.io/x:1}\n");
  assert.deepEqual(toldOf(scalar), ["items -", "items.image x.io/x:1"]);
});

/** What was not judged, by its path in the document. */
function toldOf({ notJudged }: Found): readonly string[] {
  return notJudged.map(({ where, text }) => `${where.path} ${text ?? "-"}`);
}

test("an image in the rest of a known workload is told, once, and what the cluster writes there is not", async () => {
  const digest = `sha256:${ONES}`;
  const pod = (metadata: string, more = ""): Promise<Found> =>
    read(
      `{apiVersion: v1, kind: Pod, metadata: {${metadata}}, spec: {containers: [{image: "good.io/x@${digest}", imagePullPolicy: Always}], ` +
        `volumes: [{image: {reference: "good.io/y:1", pullPolicy: Always}}, {rbd: {image: disk}}${more}]}, status: {containerStatuses: [{image: "other.io/x:1"}]}}`,
    );
  const inert = [
    "labels: {image: alpine}",
    `annotations: {a: '{"image":"good.io/x@${digest}"}', my-image: "good.io/y:1"}`,
    'annotations: {imageregistry: "https://hub.docker.com/", org.opencontainers.image.title: shop}',
  ];
  for (const metadata of inert) {
    const found = await pod(metadata);
    assert.deepEqual([found.images.length, toldOf(found)], [2, []], metadata);
  }
  const found = await pod(
    `annotations: {sidecar.istio.io/proxyImage: "evil.io/proxy:1", a: "good.io/x@${digest} evil.io/z@${digest}"}`,
    ', {csi: {driver: d, volumeAttributes: {image: "evil.io/x:1"}}}, {image: {reference: "good.io/y:1", image: "evil.io/y:1"}}',
  );
  assert.deepEqual(toldOf(found), [
    "metadata.annotations.sidecar.istio.io/proxyImage evil.io/proxy:1",
    `metadata.annotations.a evil.io/z@${digest}`,
    "spec.volumes[2].csi.volumeAttributes.image evil.io/x:1",
    "spec.volumes[3].image image: evil.io/y:1",
  ]);
  const misspelt = "{apiVersion: v1, kind: Pod, spec: {containers: [{image: good.io/x:1}], Containers: [{image: evil.io/x:1}]}}";
  assert.deepEqual(toldOf(await read(misspelt)), ["spec.Containers[0].image evil.io/x:1"]);
});

/** A service with the image `good.io/x:1` and more: the images that are judged, and what is told. */
async function service(more: string): Promise<readonly [images: readonly string[], told: readonly string[]]> {
  const found = await read(`services: {a: {image: "good.io/x:1", ${more}}}`);
  return [found.images.map(({ text }) => text), toldOf(found)];
}

test("a Compose service that is built is told as well as the image that it has the name of, or in its place", async () => {
  const one = "good.io/x:1";
  assert.deepEqual(await service("build: ., pull_policy: build"), [[], ["services.a.build -"]]);
  for (const policy of ["", ", pull_policy: always", ", pull_policy: never", ', pull_policy: "${P}"']) {
    assert.deepEqual(await service(`build: .${policy}`), [[one], ["services.a.build -"]], policy);
  }
  assert.deepEqual(await service("build: null, pull_policy: build"), [[one], []]);
  for (const contexts of ['{base: "docker-image://evil.io/x"}', '["base=docker-image://evil.io/x"]']) {
    const [images, told] = await service(`build: {context: ., additional_contexts: ${contexts}}`);
    assert.deepEqual([images, told.map((text) => text.replace(/.* /, ""))], [[one], ["-", "evil.io/x"]], contexts);
  }
});

test("a Compose volume may be an image by a variable; hooks have images, labels may, and names are none", async () => {
  const found = await read(`
x-common: {image: "unused.io/x:1"}
services:
  a:
    image: good.io/x:1
    volumes: ["images:/x", {type: "im\${X}age", source: evil.io/x:1}, {type: volume, source: images, image: {subpath: x}}]
    pre_start: [{image: good.io/hook:1}, {command: [x]}]
    environment: {IMAGE_QUALITY: "80", JOB: "evil.io/job@sha256:${ONES}"}
    depends_on: {image-proxy: {condition: service_started}}
    labels: {org.opencontainers.image.title: shop, image: good.io/x:1, ofelia.job-run.a.image: evil.io/job:1}
    deploy: {labels: ["other=1", "job.image=evil.io/job:2"]}
  b: {image: good.io/x:1, volumes: {type: image, source: "evil.io/x:1"}}
volumes: {images: {driver: local}}
`);
  assert.deepEqual(
    found.images.map(({ text }) => text),
    ["good.io/x:1", "good.io/hook:1", "good.io/x:1"],
  );
  assert.deepEqual(toldOf(found), [
    "services.a.volumes[1].type im${X}age",
    `services.a.environment.JOB evil.io/job@sha256:${ONES}`,
    "services.a.labels.ofelia.job-run.a.image evil.io/job:1",
    "services.a.deploy.labels.job.image evil.io/job:2",
    "services.b.volumes -",
  ]);
});

test("a digest within a long text is found, and a long text without one costs no more than its length", async () => {
  const digest = `sha256:${"a".repeat(64)}`;
  const found = await read(
    `kind: ConfigMap\napiVersion: v1\ndata: {a: "run --with registry.io/app@${digest} now", b: "${"f".repeat(2_000_000)}"}\n`,
  );
  assert.deepEqual(
    found.notJudged.map(({ text }) => text),
    [`registry.io/app@${digest}`],
  );
});
