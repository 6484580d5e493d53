import type { Clock } from '../../ports/clock.ts';
import type { Random } from '../../ports/random.ts';
import type { ItNexus } from '../../sam/command.ts';
import type { LogicalUnit, LogicalUnits } from '../../sam/logical-unit.ts';
import type { CopyLimits } from '../limits.ts';
import type { Plan } from '../plan.ts';
import type { CopyRods, RodKeeper } from '../rods.ts';
import { ListRods } from './list-rods.ts';
import { TokenRegistry, type TokenTimes, type TokenUse } from './token-registry.ts';

export interface RodStoreOptions {
  readonly units: LogicalUnits;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: CopyLimits;
  /** The copy manager as an initiator; tokens name its target. */
  readonly ownNexus: ItNexus;
}

/** The RODs and ROD tokens of a copy manager. Source: SPC-4 5.17.6. */
export class RodStore implements RodKeeper {
  readonly limits: CopyLimits;
  readonly ownNexus: ItNexus;
  readonly tokens: TokenRegistry;
  readonly #units: LogicalUnits;

  constructor({ units, clock, random, limits, ownNexus }: RodStoreOptions) {
    this.limits = limits;
    this.ownNexus = ownNexus;
    this.#units = units;
    this.tokens = new TokenRegistry(clock, random, limits, ownNexus);
  }

  /** Of a token that is asked for; 0 seconds are the least lifetime and the default timeout. */
  timesOf(lifetimeS: number, inactivityS: number): TokenTimes {
    const { tokenLifetimeMinS, tokenInactivityDefaultS } = this.limits;
    return {
      lifetimeS: Math.max(lifetimeS, tokenLifetimeMinS),
      inactivityS: inactivityS || tokenInactivityDefaultS,
    };
  }

  /** A token that `nexus` has sent at byte `at` of its list. Throws: SenseError. */
  use(token: Uint8Array, nexus: ItNexus, at: number): TokenUse {
    return this.tokens.use(token, { reachable: this.#units.reachable(nexus), byte: at });
  }

  /** Parameter data of REPORT ALL ROD TOKENS. */
  report(nexus: ItNexus): Uint8Array {
    return this.tokens.report(this.#units.reachable(nexus));
  }

  async open(plan: Plan, receiver: LogicalUnit, nexus: ItNexus): Promise<CopyRods> {
    return ListRods.open(this, plan, receiver, nexus);
  }

  /** All tokens end. */
  close(): void {
    this.tokens.close();
  }
}
