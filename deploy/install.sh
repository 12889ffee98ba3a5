#!/bin/sh
# Lays a built Varve out as Debian would: install.sh [DESTDIR]. It copies only; nothing is started and no account is made.
#   /usr/lib/varve                  the launcher, and what Maven built, for this machine's processor alone
#   /usr/bin/varve                  a link to the launcher
#   /etc/varve/varve.yml            settings; an existing file stays
#   /usr/lib/systemd/system, /usr/lib/sysusers.d   the unit, and the account it runs as
# JAVA_HOME names the JDK whose jar tool takes foreign libraries out; without one the library's jar is copied as it is.
set -eu

source=$(cd "$(dirname "$0")/.." && pwd)
root=${1:-}
home=$root/usr/lib/varve

if [ ! -f "$source/app/target/varve.jar" ] || [ ! -d "$source/app/target/lib" ]; then
  echo "install.sh: nothing is built yet: run mvn -DskipTests package in $source first." >&2
  exit 1
fi

# The name RocksDB gives its library for this processor.
case $(uname -m) in
  x86_64) library=librocksdbjni-linux64.so ;;
  aarch64) library=librocksdbjni-linux-aarch64.so ;;
  *) library= ;;
esac

strip_foreign() {
  jar=$1
  [ -n "$library" ] && [ -x "${JAVA_HOME:-}/bin/jar" ] || return 0
  work=$(mktemp -d)
  (cd "$work" && "$JAVA_HOME/bin/jar" --extract --file "$jar")
  if [ ! -f "$work/$library" ]; then
    rm -rf "$work"
    echo "install.sh: $(basename "$jar") has no $library; it is copied as it is." >&2
    return 0
  fi
  find "$work" -maxdepth 1 -name 'librocksdbjni-*' ! -name "$library" -exec rm {} +
  "$JAVA_HOME/bin/jar" --create --file "$jar" --manifest "$work/META-INF/MANIFEST.MF" -C "$work" .
  rm -rf "$work"
}

# What an earlier version left must not be on the class path beside the new one.
rm -rf "$home/app"
mkdir -p "$home/app/target/lib" "$root/usr/bin" "$root/etc/varve" "$root/usr/lib/systemd/system" "$root/usr/lib/sysusers.d"
cp "$source/varve" "$home/varve"
cp "$source/app/target/varve.jar" "$home/app/target/varve.jar"
cp "$source/app/target/lib/"*.jar "$home/app/target/lib/"
for jar in "$home/app/target/lib/"rocksdbjni-*.jar; do
  strip_foreign "$jar"
done
chmod 755 "$home/varve"
find "$home/app" -type f -exec chmod 644 {} +
ln -sf ../lib/varve/varve "$root/usr/bin/varve"
[ -e "$root/etc/varve/varve.yml" ] || install -m 644 "$source/deploy/systemd/varve.yml" "$root/etc/varve/varve.yml"
install -m 644 "$source/deploy/systemd/varve.service" "$root/usr/lib/systemd/system/varve.service"
install -m 644 "$source/deploy/systemd/varve.sysusers" "$root/usr/lib/sysusers.d/varve.conf"

# Tells the launcher that the jar is no older than its sources, of which there are none here.
touch "$home/app/target/varve.built"
# What a start loads, kept for the next one: the account that serves may not write here, so it is made now or not at all. It is made when
# "serve" finds it older than the jar. Below a DESTDIR the paths are not yet those it will run at.
if [ -z "$root" ]; then
  : > "$home/app/target/varve.aot"
  touch -d @0 "$home/app/target/varve.aot"
  "$home/varve" serve --help >/dev/null
fi
