#!/usr/bin/env bash
# Run a command on an emulated 64-bit ARM processor, with a wheel of this project installed there.
#
#   emulate.sh CPU WHEEL FOLDER COMMAND [ARG...]      CPU: cortex-a72 (Raspberry Pi 4), cortex-a53 (Raspberry Pi 3)
#
# COMMAND runs in FOLDER, which is writable and seen as /work; the project's tests are at /tests. The root file system
# is Debian's for arm64, the packages are the index's wheels for aarch64; both are kept in the user's cache. Nothing is
# installed on this machine: mounts and the emulator's registration live in a namespace of their own (Linux 6.7 or newer,
# as root). Times say nothing about a real device.
set -euo pipefail
[ $# -ge 4 ] || { sed -n '2,9p' "$0" >&2; exit 90; }
cpu=$1 wheel=$(realpath "$2") folder=$(realpath "$3"); shift 3
tests=$(realpath "$(dirname "$0")/..")
home=${EDGEINTERP_ARM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/edgeinterp-arm}
threads=2
mkdir -p "$home/tools" "$home/kernels"
# one run at a time: each installs the wheel anew; the lock goes with the run
exec 9>"$home/lock"; flock 9
log=$home/setup.log
fail() { echo "emulate: $1; see $log" >&2; exit 91; }
[ "$(id -u)" = 0 ] || fail "needs root, for the root file system and the namespaces"

# the emulator, and what makes the root file system: unpacked, not installed
qemu=$home/tools/usr/bin/qemu-aarch64-static
if [ ! -x "$qemu" ]; then
  debs=$(mktemp -d)
  (cd "$debs" && { apt-get download -q qemu-user-static mmdebstrap || { apt-get update -q && apt-get download -q qemu-user-static mmdebstrap; }; }) >"$log" 2>&1 ||
    fail "qemu-user-static and mmdebstrap cannot be fetched"
  for deb in "$debs"/*.deb; do dpkg-deb -x "$deb" "$home/tools"; done
  rm -rf "$debs"
fi

# Debian for arm64: packages unpacked, no script of theirs run
root=$home/root
if [ ! -e "$home/root.done" ]; then
  rm -rf --one-file-system "$root"
  codename=$(. /etc/os-release; echo "${VERSION_CODENAME:-bookworm}")
  sources=(); [ ! -e /etc/apt/sources.list.d/debian.sources ] || sources=(/etc/apt/sources.list.d/debian.sources)
  perl "$home/tools/usr/bin/mmdebstrap" --quiet --mode=root --architectures=arm64 --variant=extract \
    --include=base-files,dash,coreutils,python3,libgomp1,libstdc++6 \
    --setup-hook='for d in bin sbin lib; do mkdir -p "$1/usr/$d"; ln -s "usr/$d" "$1/$d"; done' \
    "$codename" "$root" "${sources[@]}" >"$log" 2>&1 || fail "the root file system was not made"
  mkdir -p "$root"/{proc,sys,dev,tmp,root,work,tests,site,kernels,mnt}
  echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
  touch "$home/root.done"
fi
version=$(basename "$(readlink "$root/usr/bin/python3")")

# what the wheel needs, for aarch64; kept until its metadata change
needs=$(unzip -p "$wheel" '*.dist-info/METADATA' | grep '^Requires-Dist' | sha256sum | cut -c1-12)
site=$home/site-$version-$needs
pip_for() {
  local platforms=(--platform manylinux2014_aarch64) minor
  for ((minor = 17; minor <= 36; minor++)); do platforms+=(--platform "manylinux_2_${minor}_aarch64"); done
  python3 -m pip install --quiet --disable-pip-version-check --no-compile --only-binary=:all: --implementation cp \
    --python-version "${version#python}" "${platforms[@]}" "$@" >>"$log" 2>&1
}
if [ ! -e "$site/.done" ]; then
  rm -rf "$home"/site-*
  pip_for --target "$site" "$wheel" pytest hypothesis || fail "wheels for aarch64 cannot be installed"
  rm -rf "$site"/edgeinterp*
  touch "$site/.done"
fi
own=$home/own
rm -rf "$own"; pip_for --target "$own" --no-deps "$wheel" || fail "the wheel cannot be installed for aarch64"

# the host's /proc/cpuinfo makes onnxruntime's detection crash
case $cpu in cortex-a53) part=0xd03;; cortex-a72) part=0xd08;; *) fail "processor $cpu: expected cortex-a72 or cortex-a53";; esac
for ((i = 0; i < threads; i++)); do
  printf 'processor\t: %d\nFeatures\t: fp asimd evtstrm crc32 cpuid\nCPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x0\nCPU part\t: %s\nCPU revision\t: 3\n\n' "$i" "$part"
done >"$home/cpuinfo"

magic=':aarch64:M::\x7f\x45\x4c\x46\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00:\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff:'"$qemu"':OPF'
export root home site own folder tests magic
exec unshare --user --map-root-user --mount --pid --fork --kill-child --propagation private bash -c '
  set -e
  mount -t binfmt_misc none /proc/sys/fs/binfmt_misc
  printf "%s\n" "$magic" >/proc/sys/fs/binfmt_misc/register
  # what the run writes outside its folder is lost with this
  mount -t tmpfs none "$root/mnt"; mkdir "$root/mnt"/{new,up,ours}
  mount -t overlay overlay -o "userxattr,lowerdir=$root,upperdir=$root/mnt/up,workdir=$root/mnt/ours" "$root/mnt/new"
  new=$root/mnt/new
  mount -t proc proc "$new/proc"; mount --bind "$home/cpuinfo" "$new/proc/cpuinfo"
  mount --rbind /sys "$new/sys"; mount --rbind /dev "$new/dev"; mount -t tmpfs none "$new/tmp"
  mkdir "$new/tmp/own"; mount --bind "$own" "$new/tmp/own"
  mount --bind "$site" "$new/site"; mount --bind "$home/kernels" "$new/kernels"
  mount --bind "$folder" "$new/work"; mount --bind "$tests" "$new/tests"; mount -o remount,bind,ro "$new/tests"
  # not exec: a command that crashes as process 1 of its namespace never ends
  env -i "$@"; exit $?
' _ PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp LANG=C.UTF-8 PYTHONPATH=/tmp/own:/site:/ PYTHONDONTWRITEBYTECODE=1 QEMU_CPU="$cpu" \
  NUMBA_CACHE_DIR=/kernels NUMBA_NUM_THREADS=$threads OMP_NUM_THREADS=$threads OPENBLAS_NUM_THREADS=$threads \
  ${EDGEINTERP_ARM_ENV:-} chroot "$root/mnt/new" /bin/sh -c 'cd /work && exec "$@"' sh "$@"
