#!/usr/bin/env bash
# Puts the scripts of this folder with the libraries that they need into target/deploy; they are run from the root of
# the repository. Needs Node.js 18 or newer and npm.
set -euo pipefail
cd "$(dirname "$0")/../../.."
mkdir -p target/deploy
cp src/test/deploy/*.mjs src/test/deploy/package.json target/deploy/
cd target/deploy
npm install --silent --no-audit --no-fund --no-package-lock
