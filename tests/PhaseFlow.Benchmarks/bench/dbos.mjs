// A feature on DBOS: a durable chain of phases, each a durable launch step and a message that its completion sends.
// DBOS is a library in the process of the application, so the application is what listens to completions.
import http from "node:http";
import { DBOS } from "@dbos-inc/dbos-sdk";
import pg from "pg";
import { json, launch, listen } from "./common.mjs";

const patienceSeconds = 3600;

const feature = DBOS.registerWorkflow(
  async (key, phases) => {
    for (let phase = 1; phase <= phases; phase++) {
      await DBOS.runStep(() => launch({ feature: key, phase, token: key }), { name: "launch" });
      await DBOS.recv(`done-${phase}`, patienceSeconds);
    }
    return phases;
  },
  { name: "feature" },
);

const databaseUrl = process.env.DATABASE_URL;
DBOS.setConfig({ name: "peers", systemDatabaseUrl: databaseUrl, logLevel: "error", runAdminServer: false });
await DBOS.launch();
const statistics = new pg.Client(databaseUrl);
await statistics.connect();

const routes = {
  "/start": async ({ key, phases }) => {
    await DBOS.startWorkflow(feature, { workflowID: key })(key, phases);
  },
  "/complete": ({ key, phase }) => DBOS.send(key, { status: "completed" }, `done-${phase}`),
  "/result": ({ key }) => DBOS.retrieveWorkflow(key).getResult(),
  // The next transaction id: every transaction that writes takes one. Reading it takes none.
  "/transactions": async () => Number((await statistics.query("select pg_snapshot_xmax(pg_current_snapshot())::text as next")).rows[0].next),
};

listen(
  http.createServer(async (request, response) => {
    try {
      const answer = await routes[request.url](await json(request));
      response.end(JSON.stringify(answer ?? null));
    } catch (fault) {
      response.writeHead(500).end(String(fault));
    }
  }),
);
