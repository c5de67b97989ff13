#!/bin/sh
# The frozen folder as one file that runs where it lies:   packaging/linux/appimage.sh TARGET.AppImage
#
# Makes build/AppDir, then packs it. APPIMAGETOOL names the program that packs, APPIMAGE_RUNTIME what goes in front of the
# result (the release workflow fetches both by version and compares their checksums); without them the folder alone is made.
set -eu
cd "$(dirname "$0")/../.."
target=$1
frozen=${FROZEN:-dist/chat2anyllm-desktop}
icons=${ICONS:-build/icons/hicolor}
dir=${APPDIR:-build/AppDir}
name=chat2anyllm-desktop
id=io.github.chat2anyllm.desktop

rm -rf "$dir"
mkdir -p "$dir/usr/lib" "$dir/usr/bin" "$dir/usr/share/applications" "$dir/usr/share/metainfo" "$dir/usr/share/icons"
cp -a "$frozen" "$dir/usr/lib/$name"
cp -R "$icons" "$dir/usr/share/icons/"
cp packaging/linux/$name.desktop "$dir/usr/share/applications/"
cp packaging/linux/$id.metainfo.xml "$dir/usr/share/metainfo/"
ln -s ../lib/$name/$name "$dir/usr/bin/$name"
ln -s ../lib/$name/$name "$dir/usr/bin/chat2anyllm"
ln -s usr/share/applications/$name.desktop "$dir/$name.desktop"
ln -s usr/share/icons/hicolor/scalable/apps/$name.svg "$dir/$name.svg"
ln -s usr/share/icons/hicolor/256x256/apps/$name.png "$dir/.DirIcon"
cp packaging/linux/AppRun "$dir/AppRun"
chmod 755 "$dir/AppRun"

# A package depends on these; an AppImage has nobody to ask, and many desktops are without them.
for library in libxcb-cursor.so.0 libxcb-icccm.so.4 libxcb-image.so.0 libxcb-keysyms.so.1 libxcb-render-util.so.0 \
    libxcb-util.so.1 libxkbcommon-x11.so.0; do
    [ ! -e "$dir/usr/lib/$name/_internal/$library" ] || continue
    found=$(PATH=$PATH:/sbin:/usr/sbin ldconfig -p | awk -v wanted="$library" '$1 == wanted { print $NF; exit }')
    if [ -z "$found" ]; then
        echo "$library is not on this machine: install what docs/install.md names" >&2
        exit 1
    fi
    cp -L "$found" "$dir/usr/lib/$name/_internal/$library"
done

if [ -z "${APPIMAGETOOL:-}" ]; then
    echo "$dir is made; APPIMAGETOOL is not set, so that it is not packed."
    exit 0
fi
[ -n "${APPIMAGE_RUNTIME:-}" ] || { echo "APPIMAGE_RUNTIME is not set" >&2; exit 1; }
# The program that packs is an AppImage itself, and a machine for builds has no FUSE.
ARCH=$(uname -m) APPIMAGE_EXTRACT_AND_RUN=1 "$APPIMAGETOOL" --no-appstream --runtime-file "$APPIMAGE_RUNTIME" \
    "$dir" "$target"
