# Sourced by the commands of this folder: brings a fresh clone to where they can run, and sets `root`. Redis is installed
# unless the user brings one with REDIS_URL.

# With it `cd` prints, and may go elsewhere.
unset CDPATH
root=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
data=$root/.data

# Messages, logs and passwords lie in .data, for its owner alone. What is installed and built has the rights that its user gives.
usual_umask=$(umask)
umask 077

stop() {
  printf '%s\n' "$1" >&2
  exit 1
}

# The running step, which has a process group of its own, and the tenths of a second that it may take to end itself: npm takes
# half a minute to put back what the next `npm ci` throws away.
step_group=
step_grace=10

# Ends the step with all that it started. $1 the exit code
interrupted() {
  trap '' INT TERM HUP
  if [ "$1" -eq 130 ]; then printf 'Interrupted.\n' >&2; fi
  if [ -n "$step_group" ]; then end_step; fi
  exit "$1"
}

end_step() {
  # What runs as root does not listen to its user.
  kill -TERM -- "-$step_group" 2>/dev/null || sudo -n kill -TERM -- "-$step_group" 2>/dev/null || return 0
  local tenths
  for ((tenths = 0; tenths < step_grace; tenths++)); do
    kill -0 -- "-$step_group" 2>/dev/null || return 0
    sleep 0.1
  done
  kill -KILL -- "-$step_group" 2>/dev/null || true
  wait "$step_group" 2>/dev/null || true
}

trap 'interrupted 130' INT
trap 'interrupted 143' TERM
trap 'interrupted 129' HUP

# Waits for the process group that was begun last; a signal ends it.
await_group() {
  local code=0
  step_group=$!
  wait "$step_group" || code=$?
  step_group=
  return "$code"
}

# Runs a long step in the checkout with one line of progress; its output goes to a log, the end of which is shown when it fails.
step() {
  if try_step "$@"; then return; fi
  tail -n 30 "$data/logs/$2" >&2
  stop "$1 failed; the whole output is in $data/logs/$2."
}

# The same for what can be done without. $1 title, $2 log, then the command
try_step() {
  local title=$1 log=$data/logs/$2
  shift 2
  printf '%s …\n' "$title" >&2
  set -m
  (umask "$usual_umask" && cd "$root" && exec "$@") >"$log" 2>&1 </dev/null 8>&- &
  set +m
  await_group
}

# One sentence for what would else fail in a different way at each place.
check_data() {
  local why what=$data probe=$data/logs/.probe
  why=$(export LC_ALL=C; { mkdir -p "$data/logs" && head -c 65536 /dev/zero >"$probe"; } 2>&1) || true
  rm -f "$probe" 2>/dev/null || true
  if [ -z "$why" ]; then
    # Left by another user, as after sudo ./scripts/up.
    what=$(find "$data" ! -type l ! -writable -print -quit 2>/dev/null) || true
    if [ -z "$what" ]; then
      close_data
      return
    fi
    why='Permission denied'
  fi
  why=${why##*: }
  case "$why" in
    'No space left on device' | 'Disk quota exceeded') stop "$what cannot be written to ($why): make room on its disk." ;;
    'Read-only file system') stop "$what cannot be written to ($why): use a checkout where you may write." ;;
    'Permission denied') stop "$what cannot be written to ($why): make the checkout yours (sudo chown -R $(id -un) $root)." ;;
    *) stop "$what cannot be written to ($why): it must be a folder of yours." ;;
  esac
}

# One of before may be open to others. A file that a running cluster takes away meanwhile is no matter.
close_data() {
  find "$data/" -path "$data/debian" -prune -o ! -type l -exec chmod go-rwx {} + 2>/dev/null || true
}

check_node() {
  command -v node >/dev/null || stop 'Node.js is not installed; install Node.js 20 (20.9 or later) with npm.'
  local said code=0
  said=$(node -e '
    const [major, minor] = process.versions.node.split(".").map(Number);
    process.exitCode = major < 20 || (major === 20 && minor < 9) || major >= 25 ? 99 : 0;
  ' 2>&1) || code=$?
  case "$code" in
    0) ;;
    99) stop "Node.js $(node --version) is not supported; install version 20.9 or later, below 25." ;;
    *) stop "$said"$'\n'"node cannot be run${NODE_OPTIONS:+ with NODE_OPTIONS=\"$NODE_OPTIONS\"}." ;;
  esac
  command -v npm >/dev/null || stop 'npm is not installed; install the npm that belongs to your Node.js.'
}

# Commands that install or build in one folder at once would spoil each other's work.
take_turn() {
  if ! command -v flock >/dev/null; then return; fi
  exec 8>"$data/install.lock"
  if flock -n 8; then return; fi
  printf 'Another command installs or builds here; waiting for it …\n' >&2
  set -m
  flock -w 1800 8 &
  set +m
  await_group || stop 'The other command did not come to its end within half an hour.'
}

install_packages() {
  if (cd "$root" && node scripts/packages-installed.mjs); then return; fi
  step 'Installing packages (npm ci, about a minute)' install.log npm ci
}

# Before the first package of a run.
update_lists='apt-get update && '

# Debian's package of what the command needs, unless it is there. $1 command, $2 package, $3 what it is
install_debian_package() {
  if command -v "$1" >/dev/null; then return; fi
  # A system in the midst of a package is not well.
  local as_root=() step_grace=100
  if [ "$(id -u)" -ne 0 ]; then as_root=(sudo -n); fi
  if ! command -v apt-get >/dev/null || ! "${as_root[@]}" true 2>/dev/null; then
    stop "$1 is not installed; install $3 (on Debian: sudo apt-get install $2)."
  fi
  step "Installing $3 (apt-get install $2)" "install-$2.log" "${as_root[@]}" sh -c \
    "${update_lists}DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $2"
  update_lists=
}

# All of them that are missing at once, where that needs no question; without them their tests say so. $1 what they are, then for each
# the command, and behind a colon its package where that has another name
offer_debian_packages() {
  local what=$1 wanted=() as_root=() step_grace=100 program
  shift
  for program in "$@"; do
    if ! command -v "${program%%:*}" >/dev/null; then wanted+=("${program#*:}"); fi
  done
  if [ "${#wanted[@]}" -eq 0 ] || ! command -v apt-get >/dev/null; then return; fi
  if [ "$(id -u)" -ne 0 ]; then as_root=(sudo -n); fi
  if ! "${as_root[@]}" true 2>/dev/null; then return; fi
  if ! try_step "Installing $what (apt-get install ${wanted[*]})" offered.log "${as_root[@]}" sh -c \
    "${update_lists}DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ${wanted[*]}"; then
    printf '%s cannot be installed; the tests that need them are left out (%s).\n' "${wanted[*]}" "$data/logs/offered.log" >&2
  fi
  update_lists=
}

# Servers out of Debian's packages, with the libraries that are missing: unpacked and not installed, as an installed one would be
# started, on port 80. A command of that name stands in .data/debian/bin afterwards. $@ packages, named as their commands
unpack_debian_packages() {
  local name unpacked=$data/debian wanted=() is_unpacked=yes
  for name in "$@"; do
    # Not everybody has /usr/sbin on the PATH.
    if PATH=$PATH:/usr/sbin "$name" -v >/dev/null 2>&1; then continue; fi
    wanted+=("$name")
    "$unpacked/bin/$name" -v >/dev/null 2>&1 || is_unpacked=no
  done
  if [ "$is_unpacked" = yes ]; then return; fi
  if ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null; then
    stop "${wanted[*]} cannot be had: install what is missing (on Debian: apt-get install ${wanted[*]}, and stop its service)."
  fi
  step "Unpacking ${wanted[*]} (Debian's packages, not installed)" unpack.log \
    bash "$root/scripts/unpack-debian-packages" "$unpacked" "${wanted[@]}"
}

install_redis() {
  if [ -n "${REDIS_URL:-}" ]; then return; fi
  install_debian_package redis-server redis-server 'Redis 7.0 or later'
}

check_data
check_node
take_turn
install_packages
install_redis
step 'Building' build.log npm run --silent build
exec 8>&-
umask "$usual_umask"
