/**
 * A Linux kernel with the tools of its initiator, made of Debian packages once and kept in a cache:
 *
 *   packages ─→ tree ─┬→ vmlinuz
 *                     └→ initramfs: the tools, their libraries, the modules, /modules: their order
 */
import {
  copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { archiveOfTree } from './kernel-cpio.ts';
import { modulesInOrder } from './kernel-modules.ts';
import { PackageSet } from './kernel-packages.ts';

const CACHE = fileURLToPath(
  new URL('../../node_modules/.cache/serverfree-kernel', import.meta.url));

const PACKAGES = [
  'linux-image-cloud-amd64', 'busybox-static', 'coreutils', 'dash', 'open-iscsi', 'sg3-utils',
  'mt-st', 'mtx', 'tar', 'cpio', 'ddpt', 'e2fsprogs', 'xfsprogs', 'dosfstools', 'util-linux',
  'fdisk', 'kmod',
  'bacula-sd', 'bacula-fd', 'bacula-director', 'bacula-director-sqlite3', 'bacula-common-sqlite3',
  'bacula-common', 'bacula-console', 'sqlite3',
];

const MODULES = [
  'virtio_pci', 'virtio_net', 'virtio_rng', 'crc32c_intel', 'crc32c_generic', 'libcrc32c',
  'scsi_mod', 'sd_mod', 'st', 'ch', 'sg', 'iscsi_tcp', 'ext4', 'xfs',
  'vfat', 'nls_cp437', 'nls_ascii',
];

/** Changes when what is made of the packages does. */
const RECIPE = 2;

export interface Guest {
  readonly kernel: string;
  readonly initramfs: string;
}

/**
 * The guest of the cache, made first if the packages have new versions, which needs the network.
 *
 * Throws: Error if there are no packages.
 */
export function kernelGuest(): Guest {
  const packages = new PackageSet(PACKAGES);
  const folder = join(CACHE, `${packages.key}-${RECIPE}`);
  const guest = { kernel: join(folder, 'vmlinuz'), initramfs: join(folder, 'initramfs') };
  if (isFolder(folder)) return guest;
  mkdirSync(CACHE, { recursive: true });
  const work = mkdtempSync(join(CACHE, 'making-'));
  try {
    make(packages, work);
    renameSync(join(work, 'made'), folder);
  } catch (error) {
    if (!isFolder(folder)) throw error; // else another process was quicker
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return guest;
}

const isFolder = (path: string): boolean => {
  try {
    readdirSync(path);
    return true;
  } catch {
    return false;
  }
};

function make(packages: PackageSet, work: string): void {
  const [downloads, root, made] = ['downloads', 'root', 'made']
    .map((name) => join(work, name)) as [string, string, string]; // as many as are named
  for (const folder of [downloads, root, made]) mkdirSync(folder);
  packages.unpackInto(root, downloads);
  const boot = join(root, 'boot');
  const vmlinuz = readdirSync(boot).find((name) => name.startsWith('vmlinuz-'));
  if (vmlinuz === undefined) throw new Error('Cannot make a guest: the packages have no kernel');
  copyFileSync(join(boot, vmlinuz), join(made, 'vmlinuz'));
  rmSync(boot, { recursive: true });
  keepModules(root);
  for (const folder of ['dev', 'proc', 'sys', 'tmp', 'run', 'mnt', 'root', 'work']) {
    mkdirSync(join(root, folder), { recursive: true });
  }
  writeFileSync(join(made, 'initramfs'), archiveOfTree(root));
}

/** Moves the wanted modules to /modules, where their names begin with the order of loading. */
function keepModules(root: string): void {
  const all = join(root, 'usr/lib/modules');
  const kept = join(root, 'modules');
  mkdirSync(kept);
  modulesInOrder(all, MODULES).forEach((path, i) => {
    const name = `${String(i).padStart(2, '0')}-${relative(join(path, '..'), path)}`;
    writeFileSync(join(kept, name), readFileSync(path));
  });
  rmSync(all, { recursive: true });
}
