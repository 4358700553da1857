#!/bin/sh
# Installs Tilejury from the folder of this file, or removes it. Only copies files and refreshes the
# desktop's lists; a file lists what was installed, and `--uninstall` removes exactly that.
set -eu

fail() {
    echo "install.sh: $1" >&2
    exit 1
}

usage() {
    cat <<'HELP'
Usage: ./install.sh [--prefix FOLDER] [--uninstall]

  --prefix FOLDER  where to install; by default /usr/local for root, ~/.local for others
  --uninstall      remove what was installed there
HELP
}

uninstall=no
if [ "$(id -u)" = 0 ]; then prefix=/usr/local; else prefix=${HOME:?}/.local; fi
while [ $# -gt 0 ]; do
    case $1 in
        --prefix) [ $# -gt 1 ] || fail "--prefix needs a folder"; prefix=$2; shift ;;
        --prefix=*) prefix=${1#--prefix=} ;;
        --uninstall) uninstall=yes ;;
        -h | --help) usage; exit 0 ;;
        *) usage >&2; fail "$1 is unknown" ;;
    esac
    shift
done
case $prefix in
    /*) ;;
    *) prefix=$PWD/$prefix ;;
esac
# These have a meaning in a desktop entry, which names the program with its folder.
case $prefix in
    *[\"\`\$\\%\|\&]* | *'
'*) fail "the folder $prefix has a character that a desktop entry cannot hold" ;;
esac
source=$(cd "$(dirname "$0")" && pwd)
list=$prefix/share/tilejury/installed.txt

# Refuses a list that would lead out of the prefix.
check_list() {
    while read -r _ path; do
        case $path in
            /* | *..* | '') fail "$1 is damaged: it lists “$path”" ;;
        esac
    done <"$1"
}

# Removes the files named on standard input.
remove_files() {
    while read -r kind path; do
        [ "$kind" != file ] || rm -f "$prefix/$path"
    done
}

# Removes the folders named on standard input, deepest first, unless something else is in them.
remove_folders() {
    LC_ALL=C sort -r | while read -r kind path; do
        [ "$kind" != folder ] || rmdir "$prefix/$path" 2>/dev/null || true
    done
}

# Without these programs there is no list to refresh.
refresh() {
    if command -v update-desktop-database >/dev/null && [ -d "$prefix/share/applications" ]; then
        update-desktop-database -q "$prefix/share/applications" || true
    fi
    if command -v update-mime-database >/dev/null && [ -d "$prefix/share/mime/packages" ]; then
        update-mime-database "$prefix/share/mime" >/dev/null 2>&1 || true
    fi
    if command -v gtk-update-icon-cache >/dev/null && [ -f "$prefix/share/icons/hicolor/index.theme" ]; then
        gtk-update-icon-cache -q -t "$prefix/share/icons/hicolor" || true
    fi
}

if [ "$uninstall" = yes ]; then
    [ -f "$list" ] || fail "nothing is installed in $prefix: there is no $list"
    check_list "$list"
    old=$(mktemp)
    trap 'rm -f "$old"' EXIT
    cp "$list" "$old"
    remove_files <"$old"
    rm -f "$list"
    remove_folders <"$old"
    refresh
    echo "Removed from $prefix. Judgements, settings and caches are kept."
    exit 0
fi

[ -x "$source/bin/tilejury" ] || fail "the program is missing in $source/bin; unpack the whole archive"
mkdir -p "$prefix"
[ -w "$prefix" ] || fail "$prefix is not writable; choose another --prefix, or run as root"
old=$(mktemp)
new=$(mktemp)
trap 'rm -f "$old" "$new"' EXIT
if [ -f "$list" ]; then
    check_list "$list"
    cp "$list" "$old"
fi
grep '^folder ' "$old" >"$new" || true
(cd "$source" && find bin share -type d | LC_ALL=C sort; echo share/tilejury) | while read -r path; do
    if [ ! -d "$prefix/$path" ]; then
        mkdir -p "$prefix/$path"
        echo "folder $path"
    fi
done >>"$new"
(cd "$source" && find bin share -type f | LC_ALL=C sort) | while read -r path; do
    # Written beside and renamed: a running program keeps its old file.
    cp "$source/$path" "$prefix/$path.new"
    chmod "$(if [ -x "$source/$path" ]; then echo 755; else echo 644; fi)" "$prefix/$path.new"
    mv -f "$prefix/$path.new" "$prefix/$path"
    echo "file $path"
done >>"$new"
# An older version may have had files that this one lacks.
grep -v -x -F -f "$new" "$old" | remove_files
LC_ALL=C sort -u "$new" >"$list"
chmod 644 "$list"

# A desktop does not always search the folder of the program.
entry=$prefix/share/applications/tilejury.desktop
sed -e "s|^Exec=tilejury|Exec=\"$prefix/bin/tilejury\"|" -e "s|^TryExec=tilejury|TryExec=$prefix/bin/tilejury|" \
    "$source/share/applications/tilejury.desktop" >"$entry"
refresh

echo "Installed: $prefix/bin/tilejury"
case :${PATH:-}: in
    *:"$prefix/bin":*) ;;
    *) echo "$prefix/bin is not in PATH; add it, or start the program from the desktop's menu." ;;
esac
echo "To remove it: $source/install.sh --prefix '$prefix' --uninstall"
