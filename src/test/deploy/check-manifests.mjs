// Checks the manifests of docs/deploy/kubernetes, from the root of the repository:
//
//   src/test/deploy/install.sh
//   node target/deploy/check-manifests.mjs [--crd sparkoperator.k8s.io_sparkapplications.yaml]
//
// Kinds of Kubernetes are validated by its schemas, and their names by its types, which have no room for others: the API
// server would drop a name that it does not know. The schema of a SparkApplication is the operator's and not to be had
// from npm, so that without --crd its names are compared with those listed here.
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import Ajv from "ajv";
import { parse, parseAllDocuments } from "yaml";

const here = path.dirname(fileURLToPath(import.meta.url));
const folder = "docs/deploy/kubernetes";
const { values: options } = parseArgs({ options: { crd: { type: "string" } } });
const require = createRequire(import.meta.url);
const problems = [];

// Which fields of the operator's API we use: null is anything, an array has elements of one form.
const MOUNTS = [{ name: null, mountPath: null, readOnly: null }];
const POD = {
  cores: "number", memory: "string", memoryOverhead: "string", volumeMounts: MOUNTS, env: null,
  securityContext: { runAsNonRoot: "boolean", runAsUser: "number", runAsGroup: "number" },
  podSecurityContext: { fsGroup: "number" }, gpu: { name: "string", quantity: "number" },
};
const SPARK_APPLICATION = {
  apiVersion: "string", kind: "string", metadata: null,
  spec: {
    type: "string", mode: "string", sparkVersion: "string", image: "string", imagePullPolicy: "string",
    mainClass: "string", mainApplicationFile: "string", arguments: ["string"], sparkConf: null, volumes: null,
    restartPolicy: {
      type: "string", onFailureRetries: "number", onFailureRetryInterval: "number",
    },
    driver: { ...POD, serviceAccount: "string" },
    executor: { ...POD, instances: "number" },
  },
};

function compare(value, form, place) {
  if (form === null) {
    return;
  }
  if (typeof form === "string") {
    typeof value === form || problems.push(`${place} is ${JSON.stringify(value)}, no ${form}`);
  } else if (Array.isArray(form)) {
    value.forEach((each, i) => compare(each, form[0], `${place}[${i}]`));
  } else {
    for (const [name, inner] of Object.entries(value)) {
      name in form ? compare(inner, form[name], `${place}.${name}`) : problems.push(`${place}.${name} is unknown`);
    }
  }
}

// An object of a CRD has no room for other names: the API server drops them.
function closed(schema) {
  if (schema !== null && typeof schema === "object") {
    Object.values(schema).forEach(closed);
    if (schema.type === "object" && schema.properties && !schema["x-kubernetes-preserve-unknown-fields"]) {
      schema.additionalProperties ??= false;
    }
  }
  return schema;
}

function sparkApplication(manifest, place) {
  compare(manifest, SPARK_APPLICATION, place);
  for (const [name, value] of Object.entries(manifest.spec.sparkConf)) {
    typeof value === "string" || problems.push(`${place}.spec.sparkConf.${name} is no string`);
  }
  if (!options.crd) {
    return "its names by a list";
  }
  const version = parse(fs.readFileSync(options.crd, "utf8")).spec.versions
    .find((each) => manifest.apiVersion.endsWith("/" + each.name));
  const schema = closed(version.schema.openAPIV3Schema);
  schema.properties.metadata = { type: "object" };
  const validate = new Ajv({ strict: false, validateFormats: false, allErrors: true }).compile(schema);
  if (!validate(manifest)) {
    validate.errors.forEach((error) => problems.push(`${place}${error.instancePath} ${error.message} `
      + JSON.stringify(error.params)));
  }
  return "by the operator's schema";
}

const typed = [];

function kubernetes(manifest, place) {
  const group = manifest.apiVersion;
  const model = require(`kubernetes-models/${group}/${manifest.kind}`)[manifest.kind];
  try {
    new model(manifest).validate();
  } catch (error) {
    problems.push(`${place}: ${error.message}`);
  }
  typed.push(`import type { I${manifest.kind} as Type${typed.length} } from "kubernetes-models/${group}/${manifest.kind}";
// ${place}
export const manifest${typed.length}: Type${typed.length} = ${JSON.stringify(manifest, null, 2)};`);
  return "by the schema and the types of Kubernetes";
}

// What the schemas do not say of a job of replicas.
function consistent(job, services, place) {
  const { spec } = job;
  const pod = spec.template.spec;
  const args = pod.containers[0].args;
  const workers = args.find((each) => each.startsWith("--workers=")).slice("--workers=".length).split(",");
  const service = services.find((each) => each.metadata.name === pod.subdomain);
  const port = service?.spec.ports[0].port;
  const expected = Array.from({ length: spec.completions },
    (_, rank) => `${job.metadata.name}-${rank}.${pod.subdomain}:${port}`);
  const holds = (what, text) => what || problems.push(`${place}: ${text}`);
  holds(spec.completions === spec.parallelism, "all replicas have to run at once: completions is not parallelism");
  holds(JSON.stringify(workers) === JSON.stringify(expected), `--workers is not ${expected.join(",")}`);
  holds(service?.spec.clusterIP === "None", `subdomain ${pod.subdomain} has no headless service`);
  holds(Object.entries(service?.spec.selector ?? {}).every(([name, value]) =>
    spec.template.metadata.labels[name] === value), "the service does not select the pods");
  const volumes = pod.volumes.map((each) => each.name);
  pod.containers[0].volumeMounts.forEach((mount) => holds(volumes.includes(mount.name), `no volume ${mount.name}`));
}

for (const file of fs.readdirSync(folder).filter((each) => each.endsWith(".yaml"))) {
  const documents = parseAllDocuments(fs.readFileSync(path.join(folder, file), "utf8"), { strict: true, uniqueKeys: true });
  documents.forEach((each) => each.errors.forEach((error) => problems.push(`${file}: ${error.message}`)));
  const manifests = documents.map((each) => each.toJS());
  for (const manifest of manifests) {
    const place = `${file} ${manifest.kind}`;
    const how = manifest.kind === "SparkApplication" ? sparkApplication(manifest, place) : kubernetes(manifest, place);
    console.log(`${place}: ${how}`);
  }
  manifests.filter((each) => each.kind === "Job").forEach((job) =>
    consistent(job, manifests.filter((each) => each.kind === "Service"), `${file} Job`));
}
fs.writeFileSync(path.join(here, "manifests.ts"), typed.join("\n") + "\n");
try {
  execFileSync(path.join(here, "node_modules/.bin/tsc"), ["--noEmit", "--strict", "--skipLibCheck", "--module", "commonjs",
    path.join(here, "manifests.ts")], { encoding: "utf8" });
} catch (error) {
  problems.push(error.stdout ?? error.message);
}
problems.forEach((each) => console.error(each));
process.exit(problems.length === 0 ? 0 : 1);
