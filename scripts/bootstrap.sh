# Sourced by the commands of this folder: brings a fresh clone to where they can run, and sets `root`. Redis is installed
# unless the user brings one with REDIS_URL.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

stop() {
  printf '%s\n' "$1" >&2
  exit 1
}

# Runs a long step with one line of progress; its output goes to a log, the end of which is shown when it fails.
step() {
  local title=$1 log=.data/logs/$2
  shift 2
  mkdir -p .data/logs
  printf '%s …\n' "$title" >&2
  if "$@" >"$log" 2>&1 </dev/null; then return; fi
  tail -n 30 "$log" >&2
  stop "$title failed; the whole output is in $log."
}

check_node() {
  command -v node >/dev/null || stop 'Node.js is not installed; install Node.js 20 (20.9 or later) with npm.'
  node -e '
    const [major, minor] = process.versions.node.split(".").map(Number);
    process.exit(major < 20 || (major === 20 && minor < 9) || major >= 25 ? 1 : 0);
  ' || stop "Node.js $(node --version) is not supported; install version 20.9 or later, below 25."
  command -v npm >/dev/null || stop 'npm is not installed; install the npm that belongs to your Node.js.'
}

install_packages() {
  if node scripts/packages-installed.mjs; then return; fi
  step 'Installing packages (npm ci, about a minute)' install.log npm ci
}

# Debian's package of what the command needs, unless it is there. $1 command, $2 package, $3 what it is
install_debian_package() {
  if command -v "$1" >/dev/null; then return; fi
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then as_root=(sudo -n); fi
  if ! command -v apt-get >/dev/null || ! "${as_root[@]}" true 2>/dev/null; then
    stop "$1 is not installed; install $3 (on Debian: sudo apt-get install $2)."
  fi
  step "Installing $3 (apt-get install $2)" "install-$2.log" "${as_root[@]}" sh -c \
    "apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $2"
}

install_redis() {
  if [ -n "${REDIS_URL:-}" ]; then return; fi
  install_debian_package redis-server redis-server 'Redis 7.0 or later'
}

# In a subshell, so that the command keeps the folder that it was called from.
(
  set -e
  cd "$root"
  check_node
  install_packages
  install_redis
  step 'Building' build.log npm run --silent build
)
