import type { ItNexus } from '../sam/command.ts';
import type { LogicalUnit } from '../sam/logical-unit.ts';
import type { Cscd } from '../wire/copy/cscd.ts';

/** Finds the logical unit that a CSCD descriptor names, by whatever names it goes. */
export interface UnitNames {
  /** One of `reachable`, or undefined. `nexus` sent the list to `receiver`: aliases are theirs. */
  find(
    cscd: Cscd, reachable: ReadonlyMap<number, LogicalUnit>, nexus: ItNexus,
    receiver: LogicalUnit,
  ): LogicalUnit | undefined;
}
