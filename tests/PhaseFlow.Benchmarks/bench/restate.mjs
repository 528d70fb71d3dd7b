// A feature on Restate: a durable chain of phases, each a durable launch and an awakeable that its completion resolves.
// The completion goes to the server's own ingress; this process is the service that the server calls.
import http2 from "node:http2";
import { launch, listen } from "./common.mjs";

// The SDK uses what Node 20 does not have yet.
Promise.withResolvers ??= function () {
  let resolve, reject;
  const promise = new Promise((yes, no) => ([resolve, reject] = [yes, no]));
  return { promise, resolve, reject };
};
const restate = await import("@restatedev/restate-sdk");

const feature = restate.workflow({
  name: "feature",
  handlers: {
    run: async (ctx, { phases }) => {
      for (let phase = 1; phase <= phases; phase++) {
        const { id, promise } = ctx.awakeable();
        await ctx.run("launch", () => launch({ feature: ctx.key, phase, token: id }));
        await promise;
      }
      return phases;
    },
  },
});

listen(http2.createServer(restate.endpoint().bind(feature).http2Handler()));
