/**
 * How CSCD descriptors find logical units:
 *
 * ```text
 *   E4h, EBh ── designator ───────────────────────────────────┐
 *   E6h ── alias ──┐                                          ├─► logical unit within reach
 *   others ────────┴─ names of a port ─► port ─ LU IDENTIFIER ┘
 *                       own iSCSI name, portals, or the configured map
 * ```
 */
import type { ItNexus } from '../../sam/command.ts';
import type { LogicalUnit } from '../../sam/logical-unit.ts';
import { type AliasEntry, designationOf } from '../../wire/copy/aliases.ts';
import type { Cscd } from '../../wire/copy/cscd.ts';
import type { UnitNames } from '../unit-names.ts';
import { AliasLists } from './aliases.ts';
import { unitDesignated } from './designators.ts';
import { type TransportMap, type TransportPort, unitAt, unitsBehind } from './transport-map.ts';
import {
  directoryName, fcIdName, ipName, nameOfBytes, parseTransportName, scsiIdName, type TransportName,
} from './transport-name.ts';

export interface TargetNamesOptions {
  readonly map: TransportMap;
  /** The target's real names: its iSCSI name, and where it listens. */
  readonly own: () => readonly TransportName[];
}

/** The port that has all of the target's logical units by their own LUNs. */
const WHOLE_TARGET: TransportPort = { names: [], units: undefined };

export class TargetNames implements UnitNames {
  readonly aliases = new AliasLists();
  readonly #map: TransportMap;
  readonly #own: () => readonly TransportName[];

  constructor({ map, own }: TargetNamesOptions) {
    this.#map = map;
    this.#own = own;
  }

  find(
    cscd: Cscd, reachable: ReadonlyMap<number, LogicalUnit>, nexus: ItNexus,
    receiver: LogicalUnit): LogicalUnit | undefined {
    if (cscd.kind === 'identification') return unitDesignated(reachable.values(), cscd);
    if (cscd.kind === 'rod') return undefined;
    const alias = cscd.kind === 'alias'
      ? this.aliases.find(receiver, nexus, cscd.aliasValue) : undefined;
    const port = this.#firstPort(alias === undefined ? namesOf(cscd) : namesOfAlias(alias));
    if (port === undefined) return undefined;
    if (cscd.kind !== 'copyService') return unitAt(port, cscd.luIdentifier, reachable);
    return unitDesignated(Array.from(unitsBehind(port, reachable), ([, unit]) => unit), cscd);
  }

  #firstPort(choices: readonly PortNames[]): TransportPort | undefined {
    for (const names of choices) {
      const port = this.#port(names);
      if (port !== undefined) return port;
    }
    return undefined;
  }

  /** What is configured comes before what is so, for whoever tries lists made for elsewhere. */
  #port(names: PortNames): TransportPort | undefined {
    const own = new Set(this.#own());
    return this.#map.find(names)
      ?? (names.every((name) => own.has(name)) ? WHOLE_TARGET : undefined);
  }
}

/** Names that one port must all have; one at least. */
type PortNames = readonly [TransportName, ...TransportName[]];

/** Several choices mean that the first port to be found will do. */
function namesOf(cscd: Cscd): readonly PortNames[] {
  switch (cscd.kind) {
    case 'fcName': return [[nameOfBytes('fc', cscd.portName)]];
    case 'fcId': return [[fcIdName(cscd.portId)]];
    case 'fcCheckedId': return [[nameOfBytes('fc', cscd.portName), fcIdName(cscd.portId)]];
    case 'parallel': return [[scsiIdName(cscd.targetIdentifier)]];
    case 'rdma': return [[nameOfBytes('rdma', cscd.portIdentifier)]];
    case 'sas': return [[nameOfBytes('sas', cscd.sasAddress)]];
    // A node without directories in the map answers for all of them.
    case 'ieee1394': return [
      [directoryName(cscd.eui64, cscd.directoryId)], [nameOfBytes('eui64', cscd.eui64)]];
    case 'ipv4':
    case 'ipv6': return endpoint(cscd.address, cscd);
    case 'copyService':
      return endpoint(cscd.ipType ? cscd.address : cscd.address.subarray(0, 4), cscd);
    default: return [];
  }
}

const endpoint = (
  address: Uint8Array,
  { portNumber, protocol }: { portNumber: number; protocol: number }): readonly PortNames[] => {
  const name = ipName(address, portNumber, protocol);
  return name === undefined ? [] : [[name]];
};

/** An address beside an iSCSI name only says where to look. Source: SPC-4 7.6.2.4.3. */
function namesOfAlias(entry: AliasEntry): readonly PortNames[] {
  const designation = designationOf(entry);
  switch (designation.kind) {
    case 'fcName': {
      const name = nameOfBytes('fc', designation.portName);
      return [designation.portId === undefined ? [name] : [name, fcIdName(designation.portId)]];
    }
    case 'rdma': {
      const name = nameOfBytes('rdma', designation.portIdentifier);
      return [designation.globalIdentifier === undefined ? [name]
        : [name, nameOfBytes('gid', designation.globalIdentifier)]];
    }
    case 'iscsi': {
      const name = parseTransportName(`iscsi:${designation.name}`);
      return name === undefined ? [] : [[name]];
    }
    default: return [];
  }
}
