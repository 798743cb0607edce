#!/bin/sh
# Compiles src/ into dist/: whole, or dist/ stays as it was. Called by `make build` and scripts/assay.
#
# dist/cli.js doubles as the build's stamp. Its time is set to the moment before the compiler read the
# sources, so an edit during the build is built by the next one.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cd "$root"

mkdir -p .cache
staging=$(mktemp -d .cache/build.XXXXXX)
trap 'rm -rf "$staging"' EXIT
trap 'exit 130' INT TERM
: >"$staging/started"

# From nothing each time: an incremental build would keep the output of files that are gone.
mkdir "$staging/dist"
scripts/toolchain.sh node node_modules/typescript-7/bin/tsc -p tsconfig.build.json --outDir "$staging/dist" \
	--incremental null --tsBuildInfoFile null >&2

# The commit, where this is its repository and not a folder in another: part of what is bundled, and of the bytes.
if [ "$(git rev-parse --show-toplevel 2>/dev/null)" = "$(pwd -P)" ]; then
	commit=$(TZ=UTC git log -1 --date=format-local:%Y-%m-%dT%H:%M:%SZ --format='%H %cd')
	[ -z "$(git --no-optional-locks status --porcelain -- src trust scripts package-lock.json tsconfig.json tsconfig.build.json)" ] ||
		commit="$commit modified"
	sed -i.whole "s/'unknown'/'$commit'/" "$staging/dist/model/build.js"
	rm "$staging/dist/model/build.js.whole"
fi

# The library stays as it was compiled, and so does cli.js, which an old Node has to be able to read.
scripts/toolchain.sh node_modules/.bin/rolldown --config scripts/bundle/rolldown.config.js \
	--input "./$staging/dist/main.js" --dir "$staging/bundle" >"$staging/log" 2>&1 ||
	{ cat "$staging/log" >&2 && exit 1; }
mv "$staging"/bundle/*.cjs "$staging/dist/"
# What the compiler made of main.ts is the library's kind of module; the command line is the bundle.
sed -i.whole "s|import('./main.js')|import('./main.cjs')|" "$staging/dist/cli.js"
rm "$staging/dist/cli.js.whole" "$staging/dist/main.js"
# A thread is a file of its own, found by its place beside who starts it; this one needs no packages.
cp "$staging/dist/io/hash-worker.js" "$staging/dist/"
# What is trusted where a user has no pins of their own.
mkdir "$staging/dist/trust"
cp trust/pins.yaml trust/*.asc trust/*.json "$staging/dist/trust/"

# What a package installs beside the program, by the program itself: manual pages, and completion for shells.
scripts/toolchain.sh node "$staging/dist/cli.js" man --dir "$staging/dist/man/man1"
mkdir "$staging/dist/completion"
for shell in bash:assay.bash zsh:_assay fish:assay.fish; do
	scripts/toolchain.sh node "$staging/dist/cli.js" completion "${shell%%:*}" -o "$staging/dist/completion/${shell#*:}"
done

touch -r "$staging/started" "$staging/dist/cli.js"
# Renamed by Node, since mv would put it inside of a dist/ that another build has just made: that one is
# of the same sources. Where this Node is, is noted, so that scripts/assay need not look for it on every run.
scripts/toolchain.sh node -e '
	const { renameSync, rmSync, writeFileSync } = require("node:fs");
	rmSync("dist", { recursive: true, force: true });
	try {
		renameSync(process.argv[1], "dist");
	} catch (error) {
		if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
	}
	writeFileSync(".cache/node", process.execPath + "\n");' "$staging/dist"
