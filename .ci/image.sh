#!/usr/bin/env bash
# Makes an image from nothing but the issuer and the certificates of authorities, and starts it as Kubernetes would: as user 65532,
# on a read-only root, with keys and settings mounted as Secrets are. Needs root, umoci, node and curl.
#
# bash .ci/image.sh PROGRAM [FOLDER]   PROGRAM: issuer-linux-amd64 of .ci/artefacts.sh; FOLDER: keeps the image, in OCI's layout
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
program=$(realpath "${1:?PROGRAM is missing}")
work=$(mktemp -d)
image=${2:-$work/image}
process=
if curl -s http://127.0.0.1:8080/ >/dev/null; then echo 'port 8080 is taken'; exit 1; fi
closing() {
  if [[ $process ]]; then kill "$process" 2>/dev/null; wait "$process"; fi || true
  umount "$work/data" "$work/settings" 2>/dev/null || true
  rm -rf "$work"
}
trap closing EXIT

# The image. Its time is the commit's.
umask 022
mkdir -p "$work/root/etc/ssl/certs" "$work/root/data" "$work/root/tmp"
install -m 755 "$program" "$work/root/issuer"
install -m 644 /etc/ssl/certs/ca-certificates.crt "$work/root/etc/ssl/certs"
chmod 700 "$work/root/data"
chown 65532:65532 "$work/root/data"
created=$(git log -1 --format=%cI)
find "$work/root" -exec touch -h -d "$created" {} +
umoci init --layout "$image"
umoci new --image "$image:latest"
umoci insert --image "$image:latest" --history.created "$created" "$work/root" /
umoci config --image "$image:latest" --created "$created" --history.created "$created" --config.user 65532:65532 \
  --config.entrypoint /issuer --config.cmd serve --config.env ISSUER_DATA=/data --config.env ISSUER_ADDR=0.0.0.0:8080 \
  --config.env ISSUER_OPS_ADDR=127.0.0.1:9464 --config.exposedports 8080 --config.volume /data
umoci unpack --image "$image:latest" "$work/bundle"

# Keys of a ceremony, mounted as a Secret: of root, mode 0440, through links, in a folder that is open to all and read-only.
"$program" keys add -data "$work/keys" -as 'Anna Verdi' -reason trial -issuer-name https://qr.example.it >/dev/null
"$program" keys add -data "$work/keys" -as 'Anna Verdi' -reason trial -reference >/dev/null
for key in names audit service; do openssl rand -base64 32 >"$work/keys/$key.key"; done
echo "1 $(openssl rand -base64 32)" >"$work/keys/registry.key"
printf 'ISSUER_BODY=Ente Esempio\nISSUER_DB=/tmp/registry.db\nISSUER_PUBLIC_URL=http://localhost:8080\nISSUER_DEV=true\n' >"$work/issuer.env"
secret() { # MOUNT-POINT FILE...
  mkdir "$1"
  mount -t tmpfs -o mode=3777,gid=65532 tmpfs "$1"
  mkdir "$1/..1"
  cp -r "${@:2}" "$1/..1"
  find "$1/..1" -type d -exec chmod 2755 {} + -o -type f -exec chmod 440 {} +
  chown -R 0:65532 "$1/..1"
  ln -s ..1 "$1/..data"
  (cd "$1" && for file in ..1/*; do ln -s "..data/${file##*/}" .; done)
  mount -o remount,ro "$1"
}
secret "$work/data" "$work"/keys/{keys,*.key}
secret "$work/settings" "$work/issuer.env"
ls -lL "$work/data"

# What the image says is run, by its user, with nothing to write but /tmp. A runtime would do the same in namespaces of its own.
mkdir "$work/bundle/rootfs/etc/attesta"
# shellcheck disable=SC2016 # the other languages expand these
mapfile -t run < <(node -e '
  const {process: p} = JSON.parse(fs.readFileSync(process.argv[1]))
  console.log([`--userspec=${p.user.uid}:${p.user.gid}`, p.env.length, ...p.env, ...p.args].join("\n"))
' "$work/bundle/config.json")
export work
# shellcheck disable=SC2016
unshare --mount bash -c '
  cd "$work/bundle/rootfs"
  mount --bind . . && cd "$PWD"
  mount -t tmpfs -o mode=1777,nosuid,nodev,noexec tmpfs tmp
  mount --bind "$work/data" data
  mount --bind "$work/settings" etc/attesta
  mount -o remount,bind,ro .
  exec setpriv --no-new-privs env -i "${@:3:$2}" \
    /usr/sbin/chroot --groups=65532 "$1" . "${@:3+$2}" -config /etc/attesta/issuer.env
' image "${run[@]}" >"$work/said" 2>&1 &
process=$!
for _ in {1..100}; do
  if curl -sf http://127.0.0.1:8080/readyz >/dev/null || ! kill -0 "$process" 2>/dev/null; then break; fi
  sleep 0.2
done
for path in healthz readyz; do curl -sf "http://127.0.0.1:8080/$path" || { cat "$work/said"; exit 1; }; done
mapfile -d '' -t settings <"/proc/$process/environ"
env -i "${settings[@]}" /usr/bin/nsenter -t "$process" -m -r -S 65532 -G 65532 /issuer doctor -config /etc/attesta/issuer.env |
  grep '^ok *file modes'
grep -E '^(Uid|Gid|Groups|CapEff|NoNewPrivs)' "/proc/$process/status"
echo "started: $(umoci stat --image "$image:latest" | wc -l) lines of history, $(du -sh "$image" | cut -f1)"
