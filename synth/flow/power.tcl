# The power of one unit whose pins toggle as they did in simulation. Run by `sparq synth` in a directory
# of its own that holds library.lib (the --liberty files as one), unit.v (see synth/scalar_netlist.h) and
# activity.tcl. Only the unit's name and the clock, in ns, are filled in.

set_cmd_units -time ns
read_liberty library.lib
read_verilog unit.v
link_design @UNIT@
create_clock -name clk -period @CLOCK_NS@ [get_ports clk_i]

# `set_power_activity -pins` of OpenSTA 2.0.17 sets nothing.
proc toggles {pin activity duty} {
  ::sta::set_power_pin_activity [get_pins $pin] $activity $duty
}
source activity.tcl
report_power -digits 8
