// Builds the image of a Dockerfile where there is no container engine, as far as that goes: it parses the real file and
// executes each command in a clean root folder by chroot, as root. Then it runs the entry point in there, as the image's
// user. What the base images hold cannot be had: packages of Debian stand in for them, which is printed.
//
//   src/test/deploy/install.sh
//   node target/deploy/build-image.mjs [--target STAGE] [--work DIR] [--maven-repository DIR] [--built DIR] [--stop] \
//       [-- ARGUMENTS...]
//
// --maven-repository gives the build what the local repository in that folder holds; the rest is downloaded. --built
// takes a distribution as what the stage `build` makes in /build/target/segloss4j and leaves that stage out, which takes
// minutes: it compiles all kernels. --stop ends a training by SIGTERM at last.
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { DockerfileParser } from "dockerfile-ast";

// By the beginning of their names: which packages stand in for them, and what is set in them.
const BASES = [
  { name: "maven:", packages: ["openjdk-17-jdk-headless", "maven"] },
  { name: "eclipse-temurin:", packages: ["openjdk-17-jre-headless"] },
  { name: "apache/spark:", packages: ["openjdk-17-jre-headless"], user: "spark", uid: 185, workdir: "/opt/spark/work-dir" },
];
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const context = process.cwd();
const { values: options, positionals } = parseArgs({
  options: {
    target: { type: "string" },
    work: { type: "string", default: "/tmp/segloss4j-image" },
    "maven-repository": { type: "string" },
    built: { type: "string" },
    stop: { type: "boolean", default: false },
  },
  allowPositionals: true,
});
const work = path.resolve(options.work);
const notExecuted = [];
const mounted = [];

function say(text) {
  console.log(text);
}

function fail(text) {
  throw new Error(text);
}

function run(command, args, more = {}) {
  const result = spawnSync(command, args, { stdio: "inherit", ...more });
  if (result.error) {
    throw result.error;
  }
  if (result.status !== 0) {
    fail(`${command} ended with ${result.status ?? result.signal}: ${args.join(" ").slice(0, 300)}`);
  }
}

// ---- the file

function stagesOf(file) {
  const stages = [];
  for (const instruction of DockerfileParser.parse(fs.readFileSync(file, "utf8")).getInstructions()) {
    if (instruction.getKeyword() === "FROM") {
      stages.push({ image: instruction.getImage(), name: instruction.getBuildStage(), instructions: [] });
    } else if (stages.length > 0) {
      stages.at(-1).instructions.push(instruction);
    } else {
      fail(`${instruction.getKeyword()} before FROM is not understood here`);
    }
  }
  return stages;
}

function fromOf(instruction) {
  return instruction.getFlags?.().find((flag) => flag.getName() === "from")?.getValue();
}

function neededFor(stages, last) {
  const names = new Set([last.name]);
  for (const stage of [...stages].reverse()) {
    if (stage === last || names.has(stage.name)) {
      stage.instructions.filter((each) => each.getKeyword() === "COPY").map(fromOf).forEach((name) => names.add(name));
    }
  }
  return stages.filter((stage) => stage === last || (stage.name && names.has(stage.name)));
}

// ---- .dockerignore: the last pattern that matches a path or a folder above it decides.

function ignoring(file) {
  const patterns = fs.readFileSync(file, "utf8").split("\n").map((line) => line.trim())
    .filter((line) => line && !line.startsWith("#"))
    .map((line) => ({ keeps: line.startsWith("!"), glob: line.replace(/^!/, "").replace(/^\/|\/$/g, "") }))
    .map(({ keeps, glob }) => ({
      keeps,
      matches: new RegExp("^" + glob.split(/(\*\*\/?|\*|\?)/).map((part) => part.startsWith("**") ? ".*"
        : part === "*" ? "[^/]*" : part === "?" ? "[^/]" : part.replace(/[.+^${}()|[\]\\]/g, "\\$&")).join("") + "(/.*)?$"),
    }));
  return (name) => {
    const deciding = patterns.findLast((pattern) => pattern.matches.test(name));
    return deciding !== undefined && !deciding.keeps;
  };
}

// ---- roots

function cleanRoot(stage, root) {
  const base = BASES.find((each) => stage.image.startsWith(each.name)) ?? fail(`nothing stands in for ${stage.image}`);
  const tar = path.join(work, "debian.tar");
  if (!fs.existsSync(tar)) {
    say("--- a clean Debian 12");
    fs.mkdirSync(work, { recursive: true });
    run("mmdebstrap", ["--quiet", "--variant=apt", "--mode=root", "--format=tar", "bookworm", tar + ".part"]);
    fs.renameSync(tar + ".part", tar);
  }
  fs.mkdirSync(root, { recursive: true });
  run("tar", ["-xf", tar, "-C", root]);
  fs.copyFileSync("/etc/resolv.conf", path.join(root, "etc/resolv.conf"));
  mount(root, "proc", ["-t", "proc", "proc"]);
  say(`--- FROM ${stage.image}: Debian 12 with ${base.packages.join(", ")} stands in for it`);
  notExecuted.push(`FROM ${stage.image}: Debian 12 with ${base.packages.join(", ")} stood in for it`);
  const state = { root, env: { PATH, DEBIAN_FRONTEND: "noninteractive" }, workdir: "/", user: "root" };
  inside(state, ["sh", "-c", "apt-get update -qq && apt-get install -y -qq --no-install-recommends \"$@\" >/dev/null",
    "sh", ...base.packages]);
  delete state.env.DEBIAN_FRONTEND;
  if (base.user) {
    inside(state, ["useradd", "--uid", String(base.uid), "--create-home", base.user]);
    state.user = base.user;
    state.workdir = base.workdir;
    fs.mkdirSync(path.join(root, base.workdir), { recursive: true });
  }
  if (options["maven-repository"] && base.packages.includes("maven")) {
    seedMaven(root, path.resolve(options["maven-repository"]));
  }
  return state;
}

function mount(root, folder, args) {
  const place = path.join(root, folder);
  fs.mkdirSync(place, { recursive: true });
  run("mount", [...args, place]);
  mounted.push(place);
}

function unmountAll() {
  for (const place of mounted.splice(0).reverse()) {
    spawnSync("umount", ["-R", "-l", place]);
  }
}

// A repository that is asked before Maven Central: the local one of the build is empty, as in an engine.
function seedMaven(root, repository) {
  mount(root, "mnt/maven", ["--bind", repository]);
  run("mount", ["-o", "remount,bind,ro", path.join(root, "mnt/maven")]);
  const each = (kind) => `<${kind}><id>here</id><url>file:///mnt/maven</url></${kind}>`;
  fs.mkdirSync(path.join(root, "root/.m2"), { recursive: true });
  fs.writeFileSync(path.join(root, "root/.m2/settings.xml"), `<settings><profiles><profile><id>here</id>
    <repositories>${each("repository")}</repositories>
    <pluginRepositories>${each("pluginRepository")}</pluginRepositories>
    </profile></profiles><activeProfiles><activeProfile>here</activeProfile></activeProfiles></settings>`);
  notExecuted.push(`downloads: Maven found in ${repository} what that holds`);
}

function inside(state, command, more = {}) {
  const user = state.user === "root" ? [] : ["--userspec=" + identity(state)];
  const env = Object.entries({ HOME: home(state), ...state.env }).map(([name, value]) => `${name}=${value}`);
  const args = [...user, state.root, "/usr/bin/env", "-i", "-C", state.workdir, ...env, ...command];
  return more.capture ? spawnSync("chroot", args, { encoding: "utf8" }) : run("chroot", args);
}

function account(state) {
  const lines = fs.readFileSync(path.join(state.root, "etc/passwd"), "utf8").trim().split("\n");
  return lines.map((line) => line.split(":")).find(([name, , uid]) => name === state.user || uid === state.user);
}

function identity(state) {
  const known = account(state);
  return known ? `${known[2]}:${known[3]}` : /^\d+$/.test(state.user) ? `${state.user}:0` : fail(`no user ${state.user}`);
}

function home(state) {
  return account(state)?.[5] ?? "/";
}

// ---- instructions

function expanded(text, env) {
  return text.replace(/\$(?:\{(\w+)\}|(\w+))/g, (all, braced, plain) => env[braced ?? plain] ?? "");
}

function copy(state, instruction, roots) {
  const from = fromOf(instruction);
  const flags = instruction.getFlags().map((flag) => flag.getName()).filter((name) => name !== "from");
  if (flags.length > 0) {
    fail(`COPY --${flags[0]} is not understood here`);
  }
  const names = instruction.getArguments().map((each) => expanded(each.getValue(), state.env));
  const target = path.posix.resolve(state.workdir, names.at(-1)) + (/(\/|^\.)$/.test(names.at(-1)) ? "/" : "");
  const ignored = from ? () => false : ignoring(path.join(context, ".dockerignore"));
  const source = from ? roots.get(from) ?? fail(`COPY --from=${from}: there is no such stage before`) : context;
  for (const name of names.slice(0, -1)) {
    const file = path.join(source, name);
    if (!fs.existsSync(file) || ignored(name)) {
      fail(`COPY ${name}: ${ignored(name) ? ".dockerignore leaves it out" : "does not exist"}`);
    }
    const isFolder = fs.statSync(file).isDirectory();
    const place = path.join(state.root, target, isFolder || !target.endsWith("/") ? "" : path.basename(name));
    fs.cpSync(file, place, { recursive: true, filter: (each) => !ignored(path.relative(context, each)) || !!from });
  }
}

function execute(state, instruction, roots) {
  const keyword = instruction.getKeyword();
  const words = instruction.getArguments().map((each) => each.getValue());
  switch (keyword) {
    case "RUN":
      if (instruction.getFlags?.().length > 0 || instruction.getOpeningBracket?.()) {
        fail("RUN with flags or in exec form is not understood here");
      }
      // The shell sees the text with its line ends, without the comments between them, as the engine gives it.
      inside(state, ["/bin/sh", "-c", instruction.getRawArgumentsContent().replace(/^\s*#.*\n/gm, "")
        .replace(/\\\n\s*/g, " ")]);
      break;
    case "COPY":
      copy(state, instruction, roots);
      break;
    case "ENV":
    case "ARG":
      for (const property of instruction.getProperties?.() ?? [instruction.getProperty()]) {
        if (property.getValue() !== null) {
          state.env[property.getName()] = expanded(property.getValue(), state.env);
        }
      }
      break;
    case "WORKDIR":
      state.workdir = path.posix.resolve(state.workdir, expanded(words[0], state.env));
      fs.mkdirSync(path.join(state.root, state.workdir), { recursive: true });
      break;
    case "USER":
      state.user = words[0];
      identity(state);
      break;
    case "VOLUME":
      state.volumes = instruction.getJSONStrings().map((each) => each.getJSONValue());
      for (const volume of state.volumes) {
        fs.existsSync(path.join(state.root, volume)) || fail(`VOLUME ${volume} is not in the image`);
      }
      break;
    case "ENTRYPOINT":
    case "CMD":
      state[keyword] = instruction.getJSONStrings().map((each) => each.getJSONValue());
      state[keyword].length > 0 || fail(`${keyword} is not in exec form: signals would not reach the program`);
      break;
    default:
      notExecuted.push(`${keyword} ${words.join(" ")}`);
      return;
  }
  say("executed: " + instruction.getTextContent().replace(/\s*\\\n\s*/g, " ").slice(0, 110));
}

// What must hold of the finished image.
function check(state, args) {
  if (!state.ENTRYPOINT) {
    say("the entry point is that of the base image, which is not here");
    notExecuted.push("the entry point of the base image");
    return;
  }
  const root = identity(state).startsWith("0:");
  root && fail("the image's user is root");
  const command = [...state.ENTRYPOINT, ...(args.length > 0 ? args : state.CMD)];
  for (const user of [state.user, "12345"]) {
    say(`--- as user ${user}: ${command.join(" ")}`);
    const now = { ...state, user };
    // Each container has its own volumes.
    state.volumes.forEach((volume) => inside({ ...state, user: "root" },
      ["find", volume, "-mindepth", "1", "-delete"]));
    state.volumes.forEach((volume) => inside(now, ["sh", "-c", ": > \"$1/probe\" && rm \"$1/probe\"", "sh", volume]));
    inside(now, command);
  }
  options.stop && stop(state);
}

// Java is the first process of a container, to which signals have no default: SIGTERM must save the state all the same.
function stop(state) {
  const script = `"$@" & for i in $(seq 600); do [ ! -e ${state.root}${state.workdir}/probe/last.zip ] || break; sleep 0.2; done
    kill -TERM $(cat /proc/$!/task/$!/children); wait $!`;
  say("--- a training that is stopped by SIGTERM");
  const env = Object.entries({ HOME: home(state), ...state.env }).map(([name, value]) => `${name}=${value}`);
  const result = spawnSync("sh", ["-c", script, "sh", "unshare", "--pid", "--fork", "--kill-child", "chroot",
    "--userspec=" + identity(state), state.root, "/usr/bin/env", "-i", "-C", state.workdir, ...env, ...state.ENTRYPOINT,
    "train", "--epochs", "500", "--size", "32x32", "--filters", "4", "--levels", "2", "--out", "probe"],
    { encoding: "utf8", timeout: 180_000, cwd: state.root });
  const said = result.stdout + result.stderr;
  say(said.trim().split("\n").slice(-4).join("\n"));
  /stopping after this step/.test(said) || fail("SIGTERM did not reach the training");
}

const stages = stagesOf(path.join(context, "Dockerfile"));
const last = options.target ? stages.find((stage) => stage.name === options.target) ?? fail(`no stage ${options.target}`)
  : stages.at(-1);
const roots = new Map();
try {
  for (const stage of neededFor(stages, last)) {
    const root = path.join(work, "root-" + (stage.name ?? "last"));
    // A run that was killed has left these, and what they show must not be deleted.
    ["proc", "mnt/maven"].forEach((folder) => spawnSync("umount", ["-l", path.join(root, folder)]));
    fs.rmSync(root, { recursive: true, force: true });
    if (stage.name === "build" && options.built) {
      fs.cpSync(options.built, path.join(root, "build/target/segloss4j"), { recursive: true });
      roots.set(stage.name, root);
      notExecuted.push(`the stage build: ${options.built} stood in for what it makes`);
      continue;
    }
    const begin = Date.now();
    const state = cleanRoot(stage, root);
    for (const instruction of stage.instructions) {
      execute(state, instruction, roots);
    }
    stage.name && roots.set(stage.name, root);
    stage === last && check(state, positionals);
    say(`--- stage ${stage.name ?? "last"}: ${Math.round((Date.now() - begin) / 1000)} s`);
  }
} finally {
  unmountAll();
}
say("not as in an engine:");
notExecuted.forEach((each) => say("  " + each));
