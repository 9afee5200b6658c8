#!/usr/bin/env bash
# A local Kubernetes cluster with KServe, for people who have Docker: `scripts/kind-cluster.sh up`, and `down` again.
#
# The cluster has no GPUs: deploy with NEURALNAV_MODE=simulator. Versions are pinned; set a variable to try another.
set -euo pipefail

CLUSTER=${CLUSTER:-neuralnav}
NAMESPACE=${NAMESPACE:-neuralnav}
NODE_IMAGE=${NODE_IMAGE:-kindest/node:v1.34.0}
CERT_MANAGER=${CERT_MANAGER:-v1.18.2}
KSERVE=${KSERVE:-v0.17.0}
GATEWAY_API=${GATEWAY_API:-v1.3.0}
KEDA=${KEDA:-2.17.2}
PROMETHEUS_STACK=${PROMETHEUS_STACK:-77.6.2}
SIMULATOR_IMAGE=${SIMULATOR_IMAGE:-localhost/neuralnav-simulator:0.1.0}
PATIENCE=${PATIENCE:-300s}
CONTEXT=kind-$CLUSTER

usage() {
  cat <<EOF
Usage: scripts/kind-cluster.sh up [--keda] [--monitoring] | down

  up            make the cluster "$CLUSTER" with cert-manager $CERT_MANAGER and KServe $KSERVE (Standard mode),
                and load the simulator's image into it if Docker has it
  --keda        also KEDA $KEDA, for autoscaling
  --monitoring  also the Prometheus operator with Grafana (kube-prometheus-stack $PROMETHEUS_STACK)
  down          remove the cluster with everything in it
EOF
}

fail() {
  echo "kind-cluster: $*" >&2
  exit 1
}

need() { # need COMMAND WHERE: stop unless the command is there
  command -v "$1" >/dev/null || fail "$1 is missing. Install it from $2 and try again."
}

check_docker() {
  need docker https://docs.docker.com/engine/install/
  need kind https://kind.sigs.k8s.io/docs/user/quick-start/#installation
  docker info >/dev/null 2>&1 || fail "Docker does not answer. Start it, and check that this user may use it (docker info)."
}

exists() {
  kind get clusters 2>/dev/null | grep -qx "$CLUSTER"
}

on_cluster() {
  kubectl --context "$CONTEXT" "$@"
}

chart() { # chart RELEASE NAMESPACE CHART ARGUMENTS...: install or bring up to date
  local release=$1 namespace=$2 chart=$3
  shift 3
  echo "Installing $release ..."
  helm --kube-context "$CONTEXT" upgrade --install "$release" "$chart" \
    --namespace "$namespace" --create-namespace --wait --timeout "$PATIENCE" "$@" >/dev/null
}

install_kserve() {
  chart cert-manager cert-manager oci://quay.io/jetstack/charts/cert-manager \
    --version "$CERT_MANAGER" --set crds.enabled=true
  on_cluster apply --server-side --filename \
    "https://github.com/kubernetes-sigs/gateway-api/releases/download/$GATEWAY_API/standard-install.yaml" >/dev/null
  chart kserve-crd kserve oci://ghcr.io/kserve/charts/kserve-crd --version "$KSERVE"
  chart kserve-resources kserve oci://ghcr.io/kserve/charts/kserve-resources --version "$KSERVE" \
    --set kserve.controller.deploymentMode=Standard \
    --set kserve.controller.gateway.ingressGateway.enableGatewayApi=false \
    --set kserve.controller.gateway.disableIngressCreation=true
}

install_keda() {
  chart keda keda keda --repo https://kedacore.github.io/charts --version "$KEDA"
}

install_monitoring() {
  chart monitoring monitoring kube-prometheus-stack --repo https://prometheus-community.github.io/helm-charts \
    --version "$PROMETHEUS_STACK" \
    --set prometheus.prometheusSpec.podMonitorSelectorNilUsesHelmValues=false \
    --set prometheus.prometheusSpec.ruleSelectorNilUsesHelmValues=false \
    --set grafana.sidecar.dashboards.searchNamespace=ALL
}

load_simulator() {
  if docker image inspect "$SIMULATOR_IMAGE" >/dev/null 2>&1; then
    kind load docker-image "$SIMULATOR_IMAGE" --name "$CLUSTER"
  else
    echo "The image $SIMULATOR_IMAGE is not there: build it, then kind load docker-image $SIMULATOR_IMAGE --name $CLUSTER"
  fi
}

up() {
  local keda=no monitoring=no option
  for option in "$@"; do
    case $option in
      --keda) keda=yes ;;
      --monitoring) monitoring=yes ;;
      *) usage >&2 && exit 2 ;;
    esac
  done
  check_docker
  need kubectl https://kubernetes.io/docs/tasks/tools/
  need helm https://helm.sh/docs/intro/install/
  if exists; then
    echo "The cluster $CLUSTER is there already; bringing it up to date."
  else
    kind create cluster --name "$CLUSTER" --image "$NODE_IMAGE" --wait "$PATIENCE"
  fi
  install_kserve
  [[ $keda == no ]] || install_keda
  [[ $monitoring == no ]] || install_monitoring
  on_cluster create namespace "$NAMESPACE" --dry-run=client --output yaml | on_cluster apply --filename - >/dev/null
  load_simulator
  echo "Ready. Use it with: NEURALNAV_CONTEXT=$CONTEXT NEURALNAV_TARGET=kserve NEURALNAV_MODE=simulator"
}

down() {
  check_docker
  if exists; then
    kind delete cluster --name "$CLUSTER"
  else
    echo "There is no cluster $CLUSTER."
  fi
}

command=${1:-}
[[ $# -eq 0 ]] || shift
case $command in
  up) up "$@" ;;
  down) down ;;
  *) usage >&2 && exit 2 ;;
esac
