/** Who may log in to a target, and which logical units each initiator reaches by which LUN. */
import type { ItNexus } from '../sam/command.ts';
import type { LogicalUnit, LogicalUnits } from '../sam/logical-unit.ts';

/** A rule for everybody who has none of their own. */
export const EVERYBODY = '*';

/** What one initiator may do. */
export interface AccessRule {
  /** In normal form, or EVERYBODY. */
  readonly initiatorName: string;
  /** Names of logical units by the initiator's LUNs; undefined: all, as they are configured. */
  readonly luns: ReadonlyMap<number, string> | undefined;
}

/**
 * Logical units as access rules show them. Without rules everybody reaches everything.
 *
 * A nexus reaches nothing else, by no command: REPORT LUNS, addressing and the copy manager all
 * ask `reachable`.
 */
export class Access implements LogicalUnits {
  readonly #rules: ReadonlyMap<string, AccessRule>;
  readonly #units: ReadonlyMap<number, LogicalUnit>;
  /** What each rule shows, made when it is first asked for: units are opened after the rules. */
  readonly #views = new Map<AccessRule, ReadonlyMap<number, LogicalUnit>>();

  /** `units` by the LUNs of the configuration; complete before the first initiator comes. */
  constructor(rules: readonly AccessRule[], units: ReadonlyMap<number, LogicalUnit>) {
    this.#rules = new Map(rules.map((rule) => [rule.initiatorName, rule]));
    this.#units = units;
  }

  /** The initiator may log in. */
  readonly admits = (initiatorName: string): boolean =>
    this.#rules.size === 0 || this.#ruleOf(initiatorName) !== undefined;

  /** Nothing of the target is kept from the initiator: it may reset all of it. */
  readonly seesAll = ({ initiatorName }: ItNexus): boolean =>
    this.admits(initiatorName) && this.#ruleOf(initiatorName)?.luns === undefined;

  reachable({ initiatorName }: ItNexus): ReadonlyMap<number, LogicalUnit> {
    if (!this.admits(initiatorName)) return new Map();
    const rule = this.#ruleOf(initiatorName);
    if (rule?.luns === undefined) return this.#units;
    const known = this.#views.get(rule);
    if (known !== undefined) return known;
    const view = this.#viewOf(rule.luns);
    this.#views.set(rule, view);
    return view;
  }

  #ruleOf(initiatorName: string): AccessRule | undefined {
    return this.#rules.get(initiatorName) ?? this.#rules.get(EVERYBODY);
  }

  #viewOf(luns: ReadonlyMap<number, string>): ReadonlyMap<number, LogicalUnit> {
    const byName = new Map([...this.#units.values()].map((unit) => [unit.name, unit]));
    const view = new Map<number, LogicalUnit>();
    for (const [lun, name] of [...luns].sort(([a], [b]) => a - b)) {
      const unit = byName.get(name);
      if (unit !== undefined) view.set(lun, unit);
    }
    return view;
  }
}
