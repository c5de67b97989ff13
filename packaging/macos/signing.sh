#!/bin/sh
# Signing on macOS, for the release workflow. Whatever is not set is skipped with a notice.
#
#   signing.sh keychain          puts the certificate into a keychain of its own, and its name into $GITHUB_ENV, where the
#                                build finds it.  MACOS_CERTIFICATE (.p12, base64), MACOS_CERTIFICATE_PASSWORD
#   signing.sh notarize FILE     has Apple look at a disk image, and staples its word to it.
#                                NOTARY_KEY (.p8, base64), NOTARY_KEY_ID, NOTARY_ISSUER
set -eu
folder=${RUNNER_TEMP:-/tmp}

keychain() {
    if [ -z "${MACOS_CERTIFICATE:-}" ]; then
        echo "::notice::No certificate for macOS: the application is signed ad hoc only, and macOS warns of it."
        return
    fi
    place=$folder/signing.keychain-db
    password=$(openssl rand -hex 24)
    certificate=$folder/certificate.p12
    umask 077
    printf %s "$MACOS_CERTIFICATE" | base64 --decode >"$certificate"
    security create-keychain -p "$password" "$place"
    security set-keychain-settings -lut 21600 "$place"
    security unlock-keychain -p "$password" "$place"
    security import "$certificate" -P "${MACOS_CERTIFICATE_PASSWORD:-}" -t cert -f pkcs12 -k "$place" \
        -T /usr/bin/codesign
    rm -f "$certificate"
    security set-key-partition-list -S apple-tool:,apple: -k "$password" "$place" >/dev/null
    security list-keychains -d user -s "$place" login.keychain-db
    identity=$(security find-identity -v -p codesigning "$place" | awk '/Developer ID Application/ { print $2; exit }')
    [ -n "$identity" ] || { echo "::error::The certificate is no Developer ID Application." >&2; exit 1; }
    echo "CODESIGN_IDENTITY=$identity" >>"$GITHUB_ENV"
}

notarize() {
    if [ -z "${NOTARY_KEY:-}" ] || [ -z "${CODESIGN_IDENTITY:-}" ]; then
        echo "::notice::No key for Apple's notary service, or no signature: $1 is not notarized."
        return
    fi
    key=$folder/notary.p8
    umask 077
    printf %s "$NOTARY_KEY" | base64 --decode >"$key"
    xcrun notarytool submit "$1" --key "$key" --key-id "$NOTARY_KEY_ID" --issuer "$NOTARY_ISSUER" --wait --timeout 30m
    rm -f "$key"
    xcrun stapler staple "$1"
}

case ${1:-} in
    keychain) keychain ;;
    notarize) notarize "$2" ;;
    *) echo "usage: signing.sh keychain | notarize FILE" >&2; exit 2 ;;
esac
