import { baculaSuite } from '../../support/kernel-bacula.ts';
import { kernelSuite } from '../../support/kernel-suite.ts';

kernelSuite(baculaSuite('btape on a Linux kernel with a tape and a changer', ['btape'], '24M'));

/** Moves 800 MB: SERVERFREE_LONG=1 asks for it. */
if (process.env.SERVERFREE_LONG === '1') {
  kernelSuite(baculaSuite('btape fills large cartridges', ['btape', 'btape-fill'], '400M'));
}
