#!/bin/sh
# Builds the C library and installs it with its header, pkg-config file and CMake package (Linux).
#
#   PREFIX=/usr/local crates/karat-capi/install.sh
#
# PREFIX    where the files will be used from; absolute (default /usr/local)
# DESTDIR   put in front of PREFIX while copying, for packages
# LIBDIR    library directory below PREFIX (default lib; e.g. lib/x86_64-linux-gnu)
# PROFILE   cargo profile (default release)
# CARGO_TARGET_DIR   as for cargo
set -eu

prefix=${PREFIX:-/usr/local}
destdir=${DESTDIR:-}
libdir=${LIBDIR:-lib}
profile=${PROFILE:-release}
cargo=${CARGO:-cargo}

fail() {
    echo "install.sh: $*" >&2
    exit 1
}

# The version of the C interface (the SONAME) and what a program that links libkarat.a needs besides;
# the tests compare the first with the library and the second with what rustc says.
interface=0
native_libraries="-lgcc_s -lutil -lrt -lpthread -lm -ldl -lc"

[ "$(uname -s)" = Linux ] || fail "this script knows Linux only; see include/karat.h and cargo build"
case $prefix in /*) ;; *) fail "PREFIX must be an absolute path, got '$prefix'" ;; esac
case $libdir in '' | /* | */ | *..*) fail "LIBDIR must be a path below PREFIX, got '$libdir'" ;; esac
case $prefix$libdir in *[\|\&\\]*) fail "PREFIX and LIBDIR must not hold the characters | & \\" ;; esac

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
case $target in /*) ;; *) target=$PWD/$target ;; esac

number() { sed -n "s/^#define KARAT_VERSION_$1 *\([0-9]*\)\$/\1/p" "$here/include/karat.h"; }
major=$(number MAJOR)
minor=$(number MINOR)
version=$major.$minor.$(number PATCH)

"$cargo" build --quiet --manifest-path "$here/Cargo.toml" -p karat-capi --lib --profile "$profile" \
    --target-dir "$target"
case $profile in dev | test) built=$target/debug ;; *) built=$target/$profile ;; esac

to=$destdir$prefix
up=$(echo "$libdir" | sed 's|[^/][^/]*|..|g')/../..
mkdir -p "$to/include" "$to/$libdir/pkgconfig" "$to/$libdir/cmake/karat"
install -m 644 "$here/include/karat.h" "$to/include/karat.h"
install -m 755 "$built/libkarat.so" "$to/$libdir/libkarat.so.$version"
ln -sf "libkarat.so.$version" "$to/$libdir/libkarat.so.$interface"
ln -sf "libkarat.so.$interface" "$to/$libdir/libkarat.so"
install -m 644 "$built/libkarat.a" "$to/$libdir/libkarat.a"

fill() {
    sed -e "s|@PREFIX@|$prefix|g" -e "s|@LIBDIR@|$libdir|g" -e "s|@UP_TO_PREFIX@|$up|g" \
        -e "s|@VERSION@|$version|g" -e "s|@MAJOR@|$major|g" -e "s|@MINOR@|$minor|g" \
        -e "s|@INTERFACE@|$interface|g" -e "s|@NATIVE_LIBRARIES@|$2|g" \
        -e "s|@POINTER_BYTES@|$(($(getconf LONG_BIT) / 8))|g" "$here/packaging/$1.in"
}
fill karat.pc "$native_libraries" >"$to/$libdir/pkgconfig/karat.pc"
cmake_libraries=$(echo "$native_libraries" | sed 's/ /;/g')
fill karatConfig.cmake "$cmake_libraries" >"$to/$libdir/cmake/karat/karatConfig.cmake"
fill karatConfigVersion.cmake "$cmake_libraries" >"$to/$libdir/cmake/karat/karatConfigVersion.cmake"

echo "installed karat $version for C in $to"
