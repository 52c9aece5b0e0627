import { useStack } from "../stack/shared-stack.ts";
import { QUICK } from "./sites.ts";
import { testSites } from "./tests.ts";

testSites(await useStack("examples/echo.ts"), QUICK);
