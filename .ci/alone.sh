# Sourced by release.sh and rehearse.sh: source .ci/alone.sh MODULE REPOSITORY CACHE
#
# From here on the go command takes the versions of MODULE and of its nested modules out of REPOSITORY, keeps them in the empty
# folder CACHE, and takes the modules of others from its usual cache before it asks a proxy.
# shellcheck shell=bash
proxies="file://$(go env GOMODCACHE)/cache/download,$(go env GOPROXY)"
export GOPROXY=$proxies GOMODCACHE=$3 GOWORK=off GOFLAGS=-mod=mod GONOPROXY=${1%/*} GONOSUMDB=${1%/*}
export GIT_CONFIG_COUNT=2 GIT_CONFIG_KEY_0="url.file://$2.insteadOf" GIT_CONFIG_VALUE_0="https://$1"
export GIT_CONFIG_KEY_1=protocol.file.allow GIT_CONFIG_VALUE_1=always GIT_ALLOW_PROTOCOL=file:https
