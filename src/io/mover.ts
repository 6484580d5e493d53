import { type Mover, RUNGS, type Rung } from '../ports/mover.ts';
import { type Addon, loadAddon } from './addon.ts';
import { NativeMover } from './native-mover.ts';
import { PortableMover } from './portable-mover.ts';

export interface MoverOptions {
  /** Use this rung for what it can do, and fail if it is not to be had; otherwise the best one. */
  readonly rung?: Rung | undefined;
  /** Instead of the one that was built; null to do without. */
  readonly addon?: Addon | null;
}

/** Makes the mover for this machine. Throws: Error if the rung that was asked for is not here. */
export function createMover(options: MoverOptions = {}): Mover {
  const { rung } = options;
  const loaded = options.addon === undefined ? loadAddon() : { addon: options.addon ?? undefined };
  if (loaded.addon !== undefined) return new NativeMover(loaded.addon, { rung });
  if (rung === undefined || rung === 'portable') return new PortableMover();
  const problem = 'problem' in loaded ? loaded.problem : 'it is done without the native addon';
  throw new Error(`Cannot use rung ${rung}: ${problem}`);
}

export const isRung = (name: string): name is Rung => RUNGS.some((rung) => rung === name);
