#!/bin/sh
# What would be published, packed once and looked at by both: publint (the manifest against the files), attw (the types).
set -e
packed=$(mktemp -d)
trap 'rm -rf "$packed"' EXIT
npm pack --silent --pack-destination "$packed" . ./packages/trainyard
for package in "$packed"/*.tgz; do
  publint run "$package" --strict
  attw "$package" --profile esm-only --format ascii
done
