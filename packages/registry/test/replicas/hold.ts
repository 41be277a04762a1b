/** Stops whoever passes after it was armed, once. */
export function createHold() {
  const reached = Promise.withResolvers<undefined>();
  const go = Promise.withResolvers<undefined>();
  let isArmed = false;
  return {
    reached: reached.promise,
    arm: () => (isArmed = true),
    go: () => go.resolve(undefined),
    async pass() {
      if (!isArmed) return;
      isArmed = false;
      reached.resolve(undefined);
      await go.promise;
    },
  };
}
