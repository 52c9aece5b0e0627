"use strict";
var __decorate = (this && this.__decorate) || function (decorators, target, key, desc) {
    var c = arguments.length, r = c < 3 ? target : desc === null ? desc = Object.getOwnPropertyDescriptor(target, key) : desc, d;
    if (typeof Reflect === "object" && typeof Reflect.decorate === "function") r = Reflect.decorate(decorators, target, key, desc);
    else for (var i = decorators.length - 1; i >= 0; i--) if (d = decorators[i]) r = (c < 3 ? d(r) : c > 3 ? d(target, key, r) : d(target, key)) || r;
    return c > 3 && r && Object.defineProperty(target, key, r), r;
};
var __metadata = (this && this.__metadata) || function (k, v) {
    if (typeof Reflect === "object" && typeof Reflect.metadata === "function") return Reflect.metadata(k, v);
};
Object.defineProperty(exports, "__esModule", { value: true });
/** Nest, compiled as `nest build` does it: decorators need a compiler. Serve dist/main.js. */
require("reflect-metadata");
const common_1 = require("@nestjs/common");
const core_1 = require("@nestjs/core");
let Pool = class Pool {
    answer() {
        return "from the pool";
    }
    onApplicationShutdown(signal) {
        console.error(`the pool is closed at ${signal}`);
    }
};
Pool = __decorate([
    (0, common_1.Injectable)()
], Pool);
let SiteController = class SiteController {
    pool;
    constructor(pool) {
        this.pool = pool;
    }
    index() {
        return { hello: this.pool.answer() };
    }
};
__decorate([
    (0, common_1.Get)(),
    __metadata("design:type", Function),
    __metadata("design:paramtypes", []),
    __metadata("design:returntype", Object)
], SiteController.prototype, "index", null);
SiteController = __decorate([
    (0, common_1.Controller)(),
    __metadata("design:paramtypes", [Pool])
], SiteController);
let SiteModule = class SiteModule {
};
SiteModule = __decorate([
    (0, common_1.Module)({ controllers: [SiteController], providers: [Pool] })
], SiteModule);
async function bootstrap() {
    const app = await core_1.NestFactory.create(SiteModule, { logger: ["error", "warn"] });
    app.enableShutdownHooks();
    await app.listen(process.env.PORT ?? 3000);
}
void bootstrap();
