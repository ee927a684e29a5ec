#!/usr/bin/env bash
# Checks the Helm chart without a cluster: helm lint, helm template, and the types of Kubernetes over what that wrote.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
helm=helm.sh/helm/v3/cmd/helm@v3.22.0
GOBIN=$work GOWORK=off go install "$helm"
(cd .ci/strict && GOWORK=off go build -o "$work/strict" .)
chart=deploy/helm/attesta

"$work/helm" lint --strict --quiet -f .ci/chart.values.yaml "$chart"
render() { "$work/helm" template attesta "$chart" --kube-version 1.33 "$@"; }
render -f .ci/chart.values.yaml >"$work/objects.yaml"
kinds=$("$work/strict" <"$work/objects.yaml" | paste -sd' ')
[[ $kinds == 'NetworkPolicy PodDisruptionBudget Service Deployment Job' ]] || { echo "objects: $kinds"; exit 1; }

refused() { # WORDS COMMAND...
  if "${@:2}" >"$work/said" 2>&1; then echo "not refused: ${*:2}"; exit 1; fi
  grep -F "$1" "$work/said"
}
refused "at '/image': minLength" render
refused 'additional properties' render -f .ci/chart.values.yaml --set replica=3
refused "at '/documentKeys': minItems" render --set image=x
refused 'unknown field' "$work/strict" < <(sed 's/readOnlyRootFilesystem/readOnlyRoot/' "$work/objects.yaml")
echo "as Kubernetes reads it: $kinds"
