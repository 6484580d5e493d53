/**
 * Debian packages for a guest, without installing them and without the rights of root:
 *
 *   names ─ apt-cache depends ─→ names and their libraries ─ apt-get download ─→ .deb
 *         ─ dpkg-deb --extract ─→ one tree, /bin /sbin /lib being links into /usr
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

/** The rest of what packages depend on is for their installation: debconf, systemd, perl. */
const IS_NEEDED = /^(?:lib(?!icu)|zlib1g|linux-image-)/;
const MERGED = ['bin', 'sbin', 'lib', 'lib64'];
/** What only a person reads, or systemd. */
const UNWANTED = ['share/doc', 'share/man', 'share/locale', 'share/info', 'lib/systemd'];

const textOf = (program: string, args: readonly string[], folder?: string): string =>
  execFileSync(program, args, {
    encoding: 'utf8', cwd: folder, stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, LC_ALL: 'C' },
  });

/** Packages by their names, each with those that it needs, of all that `wanted` lead to. */
function dependencies(wanted: readonly string[]): Map<string, string[]> {
  const needs = new Map<string, string[]>();
  let last: string[] = [];
  for (const line of textOf('apt-cache', ['depends', '--important', '--recurse', ...wanted])
    .split('\n')) {
    const name = /^[\w.+-]+$/.exec(line)?.[0];
    const need = /^ [ |](?:Pre)?Depends: ([\w.+-]+)$/.exec(line)?.[1];
    if (name !== undefined) {
      last = [];
      needs.set(name, last);
    } else if (need !== undefined && IS_NEEDED.test(need)) last.push(need);
  }
  return needs;
}

/**
 * Versions of packages and of the libraries that they need, as this machine's lists have them.
 *
 * Throws: Error with what apt says if it does not know one.
 */
export class PackageSet {
  readonly names: readonly string[];
  /** Changes with the version of any package. */
  readonly key: string;

  constructor(wanted: readonly string[]) {
    const needs = dependencies(wanted);
    const names = new Set(wanted);
    // A set tells of the names that are added to it meanwhile.
    for (const name of names) for (const need of needs.get(name) ?? []) names.add(need);
    this.names = [...names].sort();
    const files = textOf('apt-get', ['download', '--print-uris', ...this.names])
      .split('\n').map((line) => line.split(' ')[1]).sort();
    this.key = createHash('sha256').update(files.join('\n')).digest('hex').slice(0, 16);
  }

  /** Downloads all packages and unpacks them into `root`, an empty folder. */
  unpackInto(root: string, downloads: string): void {
    textOf('apt-get', ['download', '--quiet', ...this.names], downloads);
    for (const folder of MERGED) {
      mkdirSync(join(root, 'usr', folder), { recursive: true });
      symlinkSync(`usr/${folder}`, join(root, folder));
    }
    for (const file of readdirSync(downloads).sort()) {
      const tree = execFileSync('dpkg-deb', ['--fsys-tarfile', join(downloads, file)],
        { maxBuffer: 2 ** 30 });
      execFileSync('tar', ['--extract', '--keep-directory-symlink', '--no-same-owner',
        ...UNWANTED.map((folder) => `--exclude=./usr/${folder}`), '--directory', root],
      { input: tree });
    }
  }
}
