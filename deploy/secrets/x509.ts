// The library's decorators need this before anything of the library is loaded.
import "reflect-metadata";

export * from "@peculiar/x509";
