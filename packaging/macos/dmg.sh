#!/bin/sh
# A disk image of the application, with a link to drag it to:   packaging/macos/dmg.sh dist/Chat2AnyLLM.app TARGET.dmg
# Signed where CODESIGN_IDENTITY names a certificate of the keychain.
set -eu
application=$1 target=$2
[ -d "$application/Contents/MacOS" ] || { echo "$application is no application" >&2; exit 1; }
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
# ditto keeps what the signature covers: links, modes, extended attributes.
ditto "$application" "$stage/$(basename "$application")"
ln -s /Applications "$stage/Applications"
hdiutil create -volname Chat2AnyLLM -srcfolder "$stage" -fs HFS+ -format ULMO -ov "$target"
if [ -n "${CODESIGN_IDENTITY:-}" ]; then
    codesign --sign "$CODESIGN_IDENTITY" --timestamp "$target"
fi
hdiutil verify "$target"
