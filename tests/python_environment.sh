# To be sourced by the tests with Python programs: `make_environment NAME FOLDER` installs the packages of
# FOLDER/requirements.txt, and without what they depend on those of FOLDER/requirements-bare.txt, below the target folder
# and sets `environment`. If Python or a package is not available, the script ends with exit code 77 and says why.

skip() {
    echo "$test: not run: $*" >&2
    exit 77
}

make_environment() {
    test=$1
    local folder=$2 key building install
    command -v python3 >/dev/null || skip "there is no python3"
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || skip "python3 is older than 3.11"
    python3 -c 'import ensurepip, venv' 2>/dev/null || skip "python3 has no venv (on Debian and Ubuntu: python3-venv)"
    # One environment per set of requirements, moved into place when complete.
    key=$({ cat "$folder"/requirements*.txt; python3 -VV; } |
        python3 -c 'import hashlib, sys; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest()[:16])')
    mkdir -p "$target/$(basename "$folder")"
    environment=$target/$(basename "$folder")/venv-$key
    [ ! -d "$environment" ] || return 0
    echo "$test: installing the packages into $environment"
    building=$(mktemp -d "$target/$(basename "$folder")/building.XXXXXX")
    trap 'rm -rf "$building"' EXIT
    python3 -m venv "$building"
    install=("$building/bin/python" -m pip install --quiet --disable-pip-version-check)
    "${install[@]}" -r "$folder/requirements.txt" || skip "the packages of requirements.txt cannot be installed"
    "${install[@]}" --no-deps -r "$folder/requirements-bare.txt" || skip "the packages of requirements-bare.txt cannot be installed"
    # Another run may have been faster.
    python3 -c 'import os, sys; os.rename(*sys.argv[1:])' "$building" "$environment" 2>/dev/null || [ -d "$environment" ]
    rm -rf "$building"
}
