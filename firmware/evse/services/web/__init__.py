"""The station's HTTP interface: SmartEVSE's endpoints, our own API, and who may use them."""
