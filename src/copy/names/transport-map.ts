import type { LogicalUnit } from '../../sam/logical-unit.ts';
import { decodeLun } from '../../wire/spc/lun.ts';
import { kindOf, type TransportKind, type TransportName } from './transport-name.ts';

/** A target port that this target plays on some transport. */
export interface TransportPort {
  /** All that the port is called, one name at least. */
  readonly names: readonly TransportName[];
  /** Names of logical units by the LUNs that they have here; undefined: all, by their own LUNs. */
  readonly units: ReadonlyMap<number, string> | undefined;
}

/**
 * Which target ports of any transport stand for logical units of this target, so that lists made
 * for other transports can be tried.
 */
export class TransportMap {
  readonly #byName = new Map<TransportName, TransportPort>();

  /** Throws: RangeError if two ports have one name. */
  constructor(ports: readonly TransportPort[]) {
    for (const port of ports) {
      for (const name of new Set(port.names)) {
        if (this.#byName.has(name)) {
          throw new RangeError(`Cannot map transport names: ${name} is given twice`);
        }
        this.#byName.set(name, port);
      }
    }
  }

  /** Transports that some name belongs to. */
  get kinds(): ReadonlySet<TransportKind> {
    return new Set([...this.#byName.keys()].map(kindOf));
  }

  /** The port that has all of the names, one at least; undefined if there is none. */
  find(names: readonly TransportName[]): TransportPort | undefined {
    const ports = new Set(names.map((name) => this.#byName.get(name)));
    return ports.size === 1 ? ports.values().next().value : undefined;
  }
}

/** The logical units behind a port that are within reach. */
export function* unitsBehind(
  { units }: TransportPort,
  reachable: ReadonlyMap<number, LogicalUnit>): Generator<readonly [number, LogicalUnit]> {
  if (units === undefined) {
    yield* reachable;
    return;
  }
  const byName = new Map(Array.from(reachable.values(), (unit) => [unit.name, unit] as const));
  for (const [lun, name] of units) {
    const unit = byName.get(name);
    if (unit !== undefined) yield [lun, unit];
  }
}

/** The logical unit with a LUN in the eight bytes of SAM-5, as seen through the port. */
export function unitAt(
  port: TransportPort, luIdentifier: Uint8Array,
  reachable: ReadonlyMap<number, LogicalUnit>): LogicalUnit | undefined {
  const wanted = decodeLun(luIdentifier);
  for (const [lun, unit] of unitsBehind(port, reachable)) if (lun === wanted) return unit;
  return undefined;
}
