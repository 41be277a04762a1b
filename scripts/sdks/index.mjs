/**
 * The SDKs in other languages, and what is checked of each.
 *
 * language: its directory in sdks/
 * needs:    the tools, by their names in e2e/tools/catalogue.mjs
 * steps:    each is one test, by its exit status: {name, command(tools), env?, directory?}; tools are the paths of `needs`,
 *           directory is sdks/<language> unless it says another one, from the root of the checkout
 * build:    takes the tools and an empty directory, gives {commands, executable, env?, directory?} of the example driver, for e2e/sdks;
 *           what it needs to run lies in that directory
 *
 * What is built lies outside of the checkout: cacheFor(name) of e2e/tools is a directory for it.
 */
import { go } from './go.mjs';
import { python } from './python.mjs';
import { rust } from './rust.mjs';

export const SDKS = [go, python, rust];
