import { broken } from './rules.ts';
import type { RodKeeper } from './rods.ts';

const none = (): never => {
  throw new Error('Cannot use a ROD: lists with one are refused');
};

/** For a copy manager without RODs: their CSCD descriptors are of no supported type. */
export const WITHOUT_RODS: RodKeeper = {
  async open(plan) {
    const rod = [...plan.cscds.values()].find(({ value }) => value.kind === 'rod');
    if (rod !== undefined) throw broken('cscdType', 'RODs are not supported', { base: rod.at });
    return {
      medium: none, populate: none, verify: none, tokens: async () => [], close: async () => {},
    };
  },
};
