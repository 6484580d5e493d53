/** What a target is made of, before anything is opened. */
import type { TransportPort } from '../copy/names/transport-map.ts';
import type { CopySettings } from '../copy/settings.ts';
import type { Credentials } from '../iscsi/chap.ts';
import type { Address } from '../ports/network.ts';
import type { AccessRule } from './access.ts';

export interface DiskConfig {
  readonly kind: 'disk';
  /** What the user calls it. */
  readonly name: string;
  /** Image file. */
  readonly path: string;
  /** Size of an image that is to be made, in bytes. */
  readonly byteLength: number | undefined;
  readonly blockBytes: 512 | 4096;
  /** Logical blocks of 512 bytes on physical ones of 4096. */
  readonly emulated512: boolean;
  readonly readonly: boolean;
  readonly removable: boolean;
}

export interface TapeConfig {
  readonly kind: 'tape';
  readonly name: string;
  /** Folder of the cartridge; undefined: the drive is empty. */
  readonly path: string | undefined;
  /** Capacity of a cartridge that is to be made, in bytes. */
  readonly capacityBytes: number | undefined;
  /** Generation of LTO, 1 to 9; the default is that of its cartridge. */
  readonly generation?: number;
  /** Name of the changer that fills it. */
  readonly changer?: string;
}

/** A changer and its drives, which are the logical units that follow it. */
export interface ChangerConfig {
  readonly kind: 'changer';
  readonly name: string;
  /** Folder of the magazine. */
  readonly path: string;
  readonly drives: number;
  /** Counts that are not as the magazine has kept them. */
  readonly slots: number | undefined;
  readonly mailSlots: number | undefined;
  /** Blank cartridges of a magazine that is to be made, and the capacity of each in bytes. */
  readonly cartridges: number | undefined;
  readonly capacityBytes: number | undefined;
  /** Generation of LTO of the drives, 1 to 9; the default is that of each one's cartridge. */
  readonly generation?: number;
}

export type UnitConfig = DiskConfig | TapeConfig | ChangerConfig;

/** The drives of a changer; they count from 0. */
export const drivesOf = ({ name, drives }: ChangerConfig): TapeConfig[] =>
  Array.from({ length: drives }, (_, i) => ({
    kind: 'tape', name: `${name}-drive${i}`, path: undefined, capacityBytes: undefined,
    changer: name }));

/** The configured units, each with the drives that come with it, in the order of their LUNs. */
export const withDrives = (units: readonly UnitConfig[]): UnitConfig[] =>
  units.flatMap((unit): UnitConfig[] =>
    (unit.kind === 'changer' ? [unit, ...drivesOf(unit)] : [unit]));

export interface TargetConfig {
  readonly targetName: string;
  readonly addresses: readonly Address[];
  /** Who may log in, with CHAP; everybody if there are none. */
  readonly users: readonly Credentials[];
  /** What the target proves itself by to users who ask for it (mutual CHAP). */
  readonly ownCredentials?: Credentials;
  /** Discovery needs no authentication. The default is false. */
  readonly openDiscovery?: boolean;
  /** Which initiators reach what; everybody everything if there are none. */
  readonly access?: readonly AccessRule[];
  /** Logical units in the order of their LUNs, from 0. */
  readonly units: readonly UnitConfig[];
  /** Ports on any transport that CSCD descriptors may name in place of this target. */
  readonly transportNames?: readonly TransportPort[];
  /** What the copy manager takes, and how it reads the standard, where not as by default. */
  readonly copy?: CopySettings;
}
